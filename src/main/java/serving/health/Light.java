package serving.health;

/** State of a check: healthy; no data yet, or worth a look; in need of action. */
public enum Light {
  green(0),
  yellow(1),
  red(2);

  private final int code;

  Light(int code) {
    this.code = code;
  }

  /** Value of the metric: the higher, the worse. */
  int code() {
    return code;
  }
}
