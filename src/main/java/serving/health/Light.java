package serving.health;

/** State of a check: healthy; behind a threshold or not available yet; needs action now. */
public enum Light {
  green(0),
  yellow(1),
  red(2);

  private final int code;

  Light(int code) {
    this.code = code;
  }

  /** As a metric: the higher, the worse. */
  int code() {
    return code;
  }
}
