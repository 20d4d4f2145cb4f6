package serving.health;

/**
 * What a check found.
 *
 * @param view that was looked at
 * @param check its name, as operators know it
 * @param detail what was found, and what to do where something is wrong
 */
public record Finding(String view, String check, Light light, String detail) {}
