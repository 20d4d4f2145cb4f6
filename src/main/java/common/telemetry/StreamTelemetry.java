package common.telemetry;

import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.time.Duration;
import java.time.Instant;

/** Metrics of one streaming query. */
public record StreamTelemetry(String query) {

  /** Counts records by outcome: counted, duplicate, late or rejected. */
  public void records(String outcome, long number) {
    Telemetry.RECORDS.labelValues(query, outcome).inc(number);
  }

  public void microBatch(Duration duration) {
    Telemetry.MICRO_BATCHES.labelValues(query).observe(seconds(duration));
  }

  /** Time from the oldest record of a micro-batch to its end. */
  public void latency(Duration latency) {
    Telemetry.LATENCY.labelValues(query).observe(seconds(latency));
  }

  /** Records of the topic that have not been read yet. */
  public void backlog(long records) {
    Telemetry.BACKLOG.labelValues(query).set((double) records);
  }

  /** The streaming state after the newest micro-batch. */
  public void state(long rows, long bytes) {
    Telemetry.STATE_ROWS.labelValues(query).set((double) rows);
    Telemetry.STATE_BYTES.labelValues(query).set((double) bytes);
  }

  public void newestEvent(Instant time) {
    GaugeDataPoint newest = Telemetry.NEWEST_EVENT.labelValues(query);
    newest.set(Math.max(newest.get(), seconds(time)));
  }

  /** When the query completed a micro-batch, or reported that it is idle. */
  public void seen(Instant at) {
    Telemetry.LAST_SEEN.labelValues(query).set(seconds(at));
    Telemetry.changed();
  }

  static double seconds(Instant time) {
    return time.toEpochMilli() / 1e3;
  }

  private static double seconds(Duration time) {
    return time.toMillis() / 1e3;
  }
}
