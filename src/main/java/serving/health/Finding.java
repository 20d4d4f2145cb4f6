package serving.health;

/**
 * Result of a health check.
 *
 * @param view name of the checked view
 * @param check name of the check, as shown to operators
 * @param detail what was found and, for a problem, how to fix it
 */
public record Finding(String view, String check, Light light, String detail) {}
