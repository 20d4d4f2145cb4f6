package common.streaming;

import java.time.Instant;
import java.util.Optional;

/**
 * The data about a micro-batch in a checkpoint. Spark purges old micro-batches, so any part may be
 * missing.
 *
 * @param entry its entry in the offset log
 * @param previous entry of the micro-batch before it
 * @param initial where each partition of a Kafka source began; available only for the first
 *     micro-batch
 */
record PlannedBatch(
    long batchId,
    Optional<OffsetLogEntry> entry,
    Optional<OffsetLogEntry> previous,
    Optional<TopicOffsets> initial) {

  /** The watermark in effect: no further events before this time are expected. */
  Optional<Instant> watermark() {
    return entry.flatMap(OffsetLogEntry::watermark);
  }

  /**
   * Events up to this time are dropped as late: Spark applies the previous micro-batch's watermark.
   */
  Optional<Instant> lateBefore() {
    return previous.flatMap(OffsetLogEntry::watermark);
  }
}
