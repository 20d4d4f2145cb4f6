package common.streaming;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * A planned micro-batch in Spark's offset log, version 1: a line with the version, a line with
 * metadata, and a line per source. The application's queries have one source.
 *
 * @param plannedAt value of {@code current_timestamp()} in the micro-batch
 * @param watermark watermark in effect in the micro-batch; empty before the first event
 * @param end where the micro-batch ends in each partition of a Kafka source; empty for files
 */
record OffsetLogEntry(
    Optional<Instant> plannedAt, Optional<Instant> watermark, Optional<TopicOffsets> end) {
  private static final int METADATA = 1;
  private static final int SOURCE = 2;

  static OffsetLogEntry parse(String text) {
    List<String> lines = text.lines().toList();
    return new OffsetLogEntry(
        line(lines, METADATA).flatMap(metadata -> millis(metadata, "batchTimestampMs")),
        line(lines, METADATA).flatMap(metadata -> millis(metadata, "batchWatermarkMs")),
        line(lines, SOURCE).flatMap(TopicOffsets::parse));
  }

  private static Optional<String> line(List<String> lines, int index) {
    return lines.stream().skip(index).findFirst();
  }

  private static Optional<Instant> millis(String metadata, String name) {
    long millis = Json.parse(metadata).path(name).asLong();
    return millis > 0 ? Optional.of(Instant.ofEpochMilli(millis)) : Optional.empty();
  }
}
