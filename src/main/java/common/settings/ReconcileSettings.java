package common.settings;

/**
 * The section {@code reconcile}.
 *
 * @param tolerance maximum relative difference for measures that are exact in both layers
 */
public record ReconcileSettings(double tolerance) {
  static ReconcileSettings read(Section reconcile) {
    return new ReconcileSettings(
        reconcile.fraction("tolerance", "a relative difference from 0 to 1"));
  }
}
