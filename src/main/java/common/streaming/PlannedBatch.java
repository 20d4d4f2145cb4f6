package common.streaming;

import java.time.Instant;
import java.util.Optional;

/**
 * What a checkpoint holds about a micro-batch. Spark purges old micro-batches, so any part may be
 * missing.
 *
 * @param entry its entry in the offset log
 * @param previous entry of the micro-batch before it
 * @param initial where each partition of a Kafka source began; looked up only for the first
 *     micro-batch
 */
record PlannedBatch(
    long batchId,
    Optional<OffsetLogEntry> entry,
    Optional<OffsetLogEntry> previous,
    Optional<TopicOffsets> initial) {

  /** The watermark in effect: no events before it are expected any more. */
  Optional<Instant> watermark() {
    return entry.flatMap(OffsetLogEntry::watermark);
  }

  /** Event times up to this one are dropped: Spark applies the previous micro-batch's watermark. */
  Optional<Instant> lateBefore() {
    return previous.flatMap(OffsetLogEntry::watermark);
  }
}
