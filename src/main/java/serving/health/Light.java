package serving.health;

/** State of a check: healthy; behind a threshold or not available yet; needs action now. */
public enum Light {
  green,
  yellow,
  red
}
