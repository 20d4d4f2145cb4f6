package serving.health;

import common.ops.StreamAccount;
import common.ops.StreamProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * The facts about a streaming query from the ledger and the heartbeats.
 *
 * @param label name of its checks: {@code speed SINK} or {@code ingest}
 * @param interval configured interval between the starts of its micro-batches
 * @param lastSeen start of its newest micro-batch or its last heartbeat, whichever is later
 * @param newestEvent newest event time in any of its micro-batches
 * @param backlog unread records of the topic; empty if the query reads files
 * @param state streaming state after its newest micro-batch
 */
record QueryFacts(
    String label,
    Duration interval,
    Optional<Instant> lastSeen,
    Optional<Instant> newestEvent,
    Pace pace,
    Optional<Backlog> backlog,
    Records records,
    StreamAccount.State state) {
  static final String INGEST = StreamProgress.INGEST;

  /**
   * The durations and the capacity of the micro-batches of the last hour.
   *
   * @param p95 95th percentile of the durations
   * @param longest longest duration
   * @param latency 95th percentile of the time from the oldest record of a micro-batch to its end;
   *     empty for queries that do not measure it
   * @param capacity processing capacity; empty if no micro-batch read any records
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
   * The query's processing capacity.
   *
   * @param perSecond records per second in the fastest micro-batch
   * @param mostRecords number of records in the largest micro-batch
   */
  record Capacity(long perSecond, long mostRecords) {
    Duration toRead(long records) {
      return Duration.ofMillis(1_000 * records / Math.max(1, perSecond));
    }
  }

  /**
   * The unread records of the topic.
   *
   * @param records number of unread records as of the newest micro-batch
   * @param growth increase since the oldest micro-batch of the last hour; 0 if there was no
   *     micro-batch
   */
  record Backlog(long records, long growth) {}

  /**
   * Counts of the records read by the micro-batches of the last hour.
   *
   * @param late number dropped as late
   * @param rejected number rejected as invalid events
   * @param outOfOrder see {@link StreamAccount.Observed}; empty for queries that do not observe
   *     this count
   */
  record Records(long read, long late, long rejected, Optional<Long> outOfOrder) {
    static final Records NONE = new Records(0, 0, 0, Optional.empty());
  }

  boolean isIngest() {
    return label.equals(INGEST);
  }
}
