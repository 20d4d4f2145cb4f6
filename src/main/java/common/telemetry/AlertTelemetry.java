package common.telemetry;

/** Metrics of alerts and their delivery. */
public final class AlertTelemetry {
  private AlertTelemetry() {}

  /**
   * Counts a change of an alert.
   *
   * @param state new state of the alert
   */
  public static void changed(String view, String level, String state) {
    Telemetry.ALERTS.labelValues(view, level, state).inc();
    Telemetry.changed();
  }

  /** Counts an attempt to deliver a notification. */
  public static void attempted(String view, String channel, boolean delivered) {
    Telemetry.NOTIFICATIONS.labelValues(view, channel, delivered ? "delivered" : "failed").inc();
    Telemetry.changed();
  }
}
