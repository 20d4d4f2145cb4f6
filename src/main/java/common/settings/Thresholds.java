package common.settings;

import java.time.Duration;

/**
 * The section {@code thresholds}: the limits that {@code status} applies; {@code
 * conf/thresholds.conf} explains each.
 *
 * @param tableSize in bytes
 */
public record Thresholds(
    Batch batch, Speed speed, long tableSize, long smallFiles, Duration queryLatency) {

  /** Limits for the batch layer; shares are between 0 and 1. */
  public record Batch(
      Duration age,
      Duration duration,
      double successRate,
      long conflicts,
      long events,
      Duration dataAge,
      double nullShare,
      double duplicateShare) {}

  /**
   * Limits for streaming queries; shares are between 0 and 1.
   *
   * @param age time since a query of the speed job was last seen
   * @param ingestAge time since ingest from Kafka was last seen
   * @param throughput records per second
   * @param stateBytes memory of a query's streaming state
   */
  public record Speed(
      Duration age,
      Duration ingestAge,
      Duration microBatch,
      Duration latency,
      Duration checkpointInterval,
      long throughput,
      long backlog,
      long backlogGrowth,
      Duration replay,
      double outOfOrderShare,
      double lateShare,
      double rejectedShare,
      long stateRows,
      long stateBytes) {}

  static Thresholds read(Section limits) {
    return new Thresholds(
        new Batch(
            limits.positive("batch-age"),
            limits.positive("batch-duration"),
            limits.share("batch-success-rate"),
            limits.wholeNumber("batch-conflicts"),
            limits.largeNumber("batch-events"),
            limits.positive("data-age"),
            limits.share("null-share"),
            limits.share("duplicate-share")),
        new Speed(
            limits.positive("speed-age"),
            limits.positive("ingest-age"),
            limits.positive("micro-batch-duration"),
            limits.positive("latency"),
            limits.positive("checkpoint-interval"),
            limits.largeNumber("throughput"),
            limits.largeNumber("backlog"),
            limits.largeNumber("backlog-growth"),
            limits.positive("replay"),
            limits.share("out-of-order-share"),
            limits.share("late-share"),
            limits.share("rejected-share"),
            limits.largeNumber("state-rows"),
            limits.size("state-size")),
        limits.size("table-size"),
        limits.largeNumber("small-files"),
        limits.positive("query-latency"));
  }
}
