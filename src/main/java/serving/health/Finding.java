package serving.health;

import common.telemetry.BatchTelemetry;
import java.util.Optional;

/**
 * Result of a health check.
 *
 * @param view name of the checked view; {@link #LAKE} for checks that belong to no view
 * @param check name of the check, as shown to operators
 * @param measured the measured value with its limit; empty for checks without a limit
 * @param detail description of the state and, for a problem, how to fix it
 */
public record Finding(
    String view, String check, Light light, Optional<Measured> measured, String detail) {
  /** Used in place of a view's name. */
  static final String LAKE = "(lake)";

  /** A value and its limit, as shown to operators. */
  public record Measured(String value, String limit) {}

  /** Publishes the state of the check as a metric. */
  public void report() {
    BatchTelemetry.checked(view, check, light.code());
  }

  /** Whether the finding concerns the view, or the lake that all views share. */
  public boolean isOf(String name) {
    return view.equals(name) || view.equals(LAKE);
  }

  static Finding of(String view, String check, Light light, String detail) {
    return new Finding(view, check, light, Optional.empty(), detail);
  }
}
