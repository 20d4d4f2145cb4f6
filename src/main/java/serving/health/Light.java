package serving.health;

/** From well to must be looked after now. */
public enum Light {
  green,
  yellow,
  red
}
