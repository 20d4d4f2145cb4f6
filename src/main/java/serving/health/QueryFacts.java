package serving.health;

import common.ops.StreamProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * What the ledger and the heartbeats say about a streaming query.
 *
 * @param label name of its checks: {@code speed SINK} or {@code ingest}
 * @param interval configured interval between the starts of its micro-batches
 * @param lastSeen start of its newest micro-batch or its last heartbeat, whichever is later
 * @param newestEvent newest event time in any of its micro-batches
 * @param backlog records of the topic that it has not read yet; empty if it reads files
 * @param stateRows rows of streaming state after its newest micro-batch
 */
record QueryFacts(
    String label,
    Duration interval,
    Optional<Instant> lastSeen,
    Optional<Instant> newestEvent,
    Pace pace,
    Optional<Backlog> backlog,
    Records records,
    long stateRows) {
  static final String INGEST = StreamProgress.INGEST;

  /**
   * How long its micro-batches of the last hour took.
   *
   * @param p95 95th percentile of their durations
   * @param longest longest of their durations
   * @param latency 95th percentile of the time from the oldest record of a micro-batch to its end;
   *     empty for queries that do not measure it
   * @param capacity how fast it processed records; empty if no micro-batch read any
   */
  record Pace(
      Optional<Duration> p95,
      Optional<Duration> longest,
      Optional<Duration> latency,
      Optional<Capacity> capacity) {
    static final Pace UNKNOWN =
        new Pace(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  /**
   * How fast it processes records.
   *
   * @param perSecond records per second in its fastest micro-batch
   * @param mostRecords number of records in its largest micro-batch
   */
  record Capacity(long perSecond, long mostRecords) {
    Duration toRead(long records) {
      return Duration.ofMillis(1_000 * records / Math.max(1, perSecond));
    }
  }

  /**
   * The records of the topic that it had not read.
   *
   * @param records their number as of its newest micro-batch
   * @param growth increase since its oldest micro-batch of the last hour; 0 if there was none
   */
  record Backlog(long records, long growth) {}

  /**
   * Records that its micro-batches of the last hour read.
   *
   * @param late dropped as late
   * @param rejected rejected because they are not valid events
   * @param outOfOrder see {@link common.ops.StreamAccount.Observed}; empty for queries that do not
   *     observe it
   */
  record Records(long read, long late, long rejected, Optional<Long> outOfOrder) {
    static final Records NONE = new Records(0, 0, 0, Optional.empty());
  }

  boolean isIngest() {
    return label.equals(INGEST);
  }
}
