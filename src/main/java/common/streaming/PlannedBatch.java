package common.streaming;

import java.time.Instant;
import java.util.Optional;

/**
 * What a checkpoint has of a micro-batch. Spark forgets old micro-batches, so that each part may be
 * missing.
 *
 * @param entry its own, in the offset log
 * @param previous that of the micro-batch before it
 * @param initial where each partition of a Kafka source began; looked up for the first micro-batch
 *     alone
 */
record PlannedBatch(
    long batchId,
    Optional<OffsetLogEntry> entry,
    Optional<OffsetLogEntry> previous,
    Optional<TopicOffsets> initial) {

  /** The watermark in force: event times before it count as past. */
  Optional<Instant> watermark() {
    return entry.flatMap(OffsetLogEntry::watermark);
  }

  /** Event times up to this one are dropped: Spark goes by the watermark of the batch before. */
  Optional<Instant> lateBefore() {
    return previous.flatMap(OffsetLogEntry::watermark);
  }
}
