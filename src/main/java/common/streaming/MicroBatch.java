package common.streaming;

import common.streaming.Observations.Counted;
import common.streaming.Observations.Records;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/**
 * A micro-batch as Spark reports it on completion.
 *
 * @param reads the offsets read from Kafka; empty for files
 * @param records empty when nothing was read and Spark only advanced the watermark
 * @param late events that the query itself dropped as late, excluding events that its operators
 *     dropped
 * @param counted empty if the query does not observe counted events
 */
record MicroBatch(
    String query,
    String queryId,
    long batchId,
    Instant startedAt,
    long durationMs,
    List<KafkaRead> reads,
    Optional<Records> records,
    long late,
    Optional<Counted> counted,
    List<StateOperator> operators) {

  /**
   * The offsets that the micro-batch read from a topic.
   *
   * @param start where the micro-batch began; Spark reports nothing for the first micro-batch, and
   *     omits new partitions
   * @param end where the micro-batch ended
   * @param latest where the topic ended when the micro-batch was planned
   */
  record KafkaRead(Optional<TopicOffsets> start, TopicOffsets end, Optional<TopicOffsets> latest) {}

  /**
   * A stateful operator.
   *
   * @param rows rows in its state
   * @param bytes memory that its state uses
   * @param late rows that it dropped because of the watermark
   * @param duplicates rows that it dropped as duplicates
   */
  record StateOperator(String name, long rows, long bytes, long late, long duplicates) {}

  static MicroBatch of(StreamingQueryProgress progress) {
    return new MicroBatch(
        progress.name(),
        progress.id().toString(),
        progress.batchId(),
        Instant.parse(progress.timestamp()),
        progress.batchDuration(),
        Arrays.stream(progress.sources()).flatMap(source -> read(source).stream()).toList(),
        Observations.records(progress.observedMetrics()),
        Observations.late(progress.observedMetrics()),
        Observations.counted(progress.observedMetrics()),
        Arrays.stream(progress.stateOperators()).map(MicroBatch::operator).toList());
  }

  private static Optional<KafkaRead> read(SourceProgress source) {
    if (!source.description().startsWith("Kafka")) {
      return Optional.empty();
    }

    return offsets(source.endOffset())
        .map(
            end ->
                new KafkaRead(offsets(source.startOffset()), end, offsets(source.latestOffset())));
  }

  private static Optional<TopicOffsets> offsets(String reported) {
    return Optional.ofNullable(reported).flatMap(TopicOffsets::parse);
  }

  private static StateOperator operator(StateOperatorProgress operator) {
    return new StateOperator(
        operator.operatorName(),
        operator.numRowsTotal(),
        operator.memoryUsedBytes(),
        operator.numRowsDroppedByWatermark(),
        operator.customMetrics().getOrDefault("numDroppedDuplicateRows", 0L));
  }
}
