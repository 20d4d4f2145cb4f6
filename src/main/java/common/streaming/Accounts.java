package common.streaming;

import common.ops.StreamAccount;
import common.ops.StreamAccount.Observed;
import common.ops.StreamAccount.OffsetRange;
import common.ops.StreamAccount.Split;
import common.ops.StreamAccount.State;
import common.streaming.MicroBatch.KafkaRead;
import common.streaming.MicroBatch.StateOperator;
import common.streaming.Observations.Counted;
import common.streaming.Observations.Records;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Accounts of micro-batches, from Spark's progress reports and checkpoints. */
final class Accounts {
  private static final String DEDUPLICATION = "dedupeWithinWatermark";

  private Accounts() {}

  /**
   * The account of a completed micro-batch.
   *
   * @param written the outcome of the records, if the writer counts them
   */
  static StreamAccount of(MicroBatch batch, PlannedBatch planned, Optional<Split> written) {
    return new StreamAccount(
        batch.query(),
        batch.queryId(),
        batch.batchId(),
        batch.startedAt(),
        batch.durationMs(),
        batch.reads().stream().flatMap(read -> ranges(read, planned).stream()).toList(),
        Optional.of(
            written
                .or(() -> batch.records().map(records -> split(records, batch)))
                .orElse(Split.EMPTY)),
        planned.watermark(),
        planned.lateBefore(),
        new Observed(
            batch.counted().flatMap(Counted::oldest),
            batch.counted().flatMap(Counted::newest),
            batch.records().flatMap(Records::oldest),
            batch.records().map(Records::outOfOrder)),
        new State(
            batch.operators().stream().mapToLong(StateOperator::rows).sum(),
            batch.operators().stream().mapToLong(StateOperator::bytes).sum()));
  }

  /**
   * The account of a completed micro-batch that was never reported because its job was killed. The
   * account contains only the offsets.
   *
   * @param noticedAt used in place of the start time, which is unknown
   * @return empty when Spark has purged the micro-batch from its offset log
   */
  static Optional<StreamAccount> leftOut(
      String query, String queryId, PlannedBatch planned, Instant noticedAt) {
    return planned
        .entry()
        .map(
            entry ->
                new StreamAccount(
                    query,
                    queryId,
                    planned.batchId(),
                    noticedAt,
                    0,
                    entry.end().map(end -> ranges(end, planned)).orElse(List.of()),
                    Optional.empty(),
                    planned.watermark(),
                    planned.lateBefore(),
                    Observed.NOTHING,
                    State.EMPTY));
  }

  private static Split split(Records records, MicroBatch batch) {
    long duplicate = 0;
    long late = batch.late();
    for (StateOperator operator : batch.operators()) {
      // The windows downstream never see a record that this operator dropped as late.
      if (operator.name().equals(DEDUPLICATION)) {
        duplicate += operator.duplicates();
        late += operator.late();
      }
    }

    long counted = batch.counted().map(Counted::events).orElse(0L);
    return new Split(records.read(), counted, duplicate, late, records.rejected());
  }

  private static List<OffsetRange> ranges(KafkaRead read, PlannedBatch planned) {
    Optional<TopicOffsets> start = read.start().or(planned::initial);
    return ranges(start, read.end(), read.latest().orElse(read.end()));
  }

  private static List<OffsetRange> ranges(TopicOffsets end, PlannedBatch planned) {
    // Without its predecessor, the start of a later micro-batch is unknown.
    Optional<TopicOffsets> start =
        planned
            .previous()
            .map(OffsetLogEntry::end)
            .orElseGet(() -> planned.batchId() == 0 ? planned.initial() : Optional.of(end));
    return ranges(start, end, end);
  }

  private static List<OffsetRange> ranges(
      Optional<TopicOffsets> start, TopicOffsets end, TopicOffsets latest) {
    Map<Integer, Long> from = start.map(TopicOffsets::byPartition).orElse(Map.of());
    return end.byPartition().entrySet().stream()
        .map(
            partition ->
                new OffsetRange(
                    end.topic(),
                    partition.getKey(),
                    // A new partition is read from its first record.
                    from.getOrDefault(partition.getKey(), 0L),
                    partition.getValue(),
                    latest.byPartition().getOrDefault(partition.getKey(), partition.getValue())))
        .toList();
  }
}
