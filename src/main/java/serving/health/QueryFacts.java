package serving.health;

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
 * @param p95 95th percentile of the durations of its micro-batches of the last hour
 * @param latency 95th percentile of the time from the oldest record of these micro-batches to their
 *     end; empty for queries that do not measure it
 * @param backlog records of the topic that its newest micro-batch had not read yet; empty for files
 * @param read records that its micro-batches of the last hour read; of them, {@code late} and
 *     {@code rejected} were dropped
 * @param stateRows rows of streaming state after its newest micro-batch
 */
record QueryFacts(
    String label,
    Duration interval,
    Optional<Instant> lastSeen,
    Optional<Instant> newestEvent,
    Optional<Duration> p95,
    Optional<Duration> latency,
    Optional<Long> backlog,
    long read,
    long late,
    long rejected,
    long stateRows) {
  static final String INGEST = "ingest";

  boolean isIngest() {
    return label.equals(INGEST);
  }
}
