package common.telemetry;

import java.time.Instant;

/** Metrics of batch runs, health checks and commits. */
public final class BatchTelemetry {
  private BatchTelemetry() {}

  /**
   * Reports the counts of a batch run.
   *
   * @param events number of events read, without duplicates
   * @param rows number of rows written
   */
  public static void ran(String view, long events, long rows) {
    Telemetry.BATCH_EVENTS.labelValues(view).set((double) events);
    Telemetry.BATCH_ROWS.labelValues(view).set((double) rows);
    Telemetry.changed();
  }

  public static void boundary(String view, Instant boundary) {
    Telemetry.BOUNDARY.labelValues(view).set(StreamTelemetry.seconds(boundary));
    Telemetry.changed();
  }

  /**
   * Reports the state of a check.
   *
   * @param state 0 green, 1 yellow, 2 red
   */
  public static void checked(String view, String check, int state) {
    Telemetry.CHECK.labelValues(view, check).set(state);
    Telemetry.changed();
  }

  /** Counts a commit that is retried after a write conflict. */
  public static void conflict() {
    Telemetry.CONFLICTS.inc();
  }
}
