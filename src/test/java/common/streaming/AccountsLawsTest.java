package common.streaming;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import common.ops.StreamAccount;
import common.ops.StreamAccount.OffsetRange;
import common.ops.StreamAccount.Split;
import common.streaming.MicroBatch.KafkaRead;
import common.streaming.MicroBatch.StateOperator;
import common.streaming.Observations.Counted;
import common.streaming.Observations.Records;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/**
 * Accounts of generated runs. A generated run is recorded as Spark records a run: in the offset
 * log, and in reports that lack the same values as Spark's reports.
 */
class AccountsLawsTest {
  private static final Instant STARTED = Instant.parse("2026-01-31T10:00:00Z");
  private static final int TRIES = 1000;

  /**
   * A run of a query.
   *
   * @param initial first offset of each partition that exists at the start
   * @param growth number of records that each micro-batch reads, by partition; a partition that is
   *     not among the initial ones appears with its first entry
   * @param killed micro-batches whose reports were lost
   */
  record Run(List<Long> initial, List<List<Long>> growth, List<Boolean> killed) {

    /** Each partition's offset after a micro-batch; after -1, its initial offset. */
    TopicOffsets end(int batch) {
      Map<Integer, Long> offsets = new TreeMap<>();
      for (int partition = 0; partition < initial.size(); partition++) {
        offsets.put(partition, initial.get(partition));
      }

      for (int earlier = 0; earlier <= batch; earlier++) {
        for (int partition = 0; partition < growth.get(earlier).size(); partition++) {
          offsets.merge(partition, growth.get(earlier).get(partition), Long::sum);
        }
      }

      return new TopicOffsets("events", offsets);
    }

    PlannedBatch planned(int batch) {
      return new PlannedBatch(
          batch,
          Optional.of(OffsetLogEntry.parse(log(batch))),
          batch == 0 ? Optional.empty() : Optional.of(OffsetLogEntry.parse(log(batch - 1))),
          batch == 0 ? TopicOffsets.parse(json(end(-1))) : Optional.empty());
    }

    private String log(int batch) {
      return "v1\n{\"batchWatermarkMs\":%d}\n%s".formatted(watermark(batch), json(end(batch)));
    }

    /** 0 in the first micro-batch because no event precedes it. */
    static long watermark(int batch) {
      return batch * 60_000L;
    }

    MicroBatch reported(int batch) {
      KafkaRead read =
          new KafkaRead(
              batch == 0 ? Optional.empty() : Optional.of(end(batch - 1)),
              end(batch),
              Optional.of(end(growth.size() - 1)));
      return micro(
          batch, List.of(read), Optional.of(new Records(0, 0, 0, Optional.empty())), List.of());
    }

    List<StreamAccount> accounts() {
      List<StreamAccount> accounts = new ArrayList<>();
      for (int batch = 0; batch < growth.size(); batch++) {
        accounts.add(
            killed.get(batch)
                ? Accounts.leftOut("q", "id", planned(batch), STARTED).orElseThrow()
                : Accounts.of(reported(batch), planned(batch), Optional.empty()));
      }

      return accounts;
    }
  }

  /** Every record read is in exactly one account, whichever reports were lost. */
  @Property(tries = TRIES)
  void rangesOfConsecutiveMicroBatchesTile(@ForAll("runs") Run run) {
    Map<Integer, List<OffsetRange>> byPartition =
        run.accounts().stream()
            .flatMap(account -> account.offsets().stream())
            .collect(groupingBy(OffsetRange::partition));

    TopicOffsets end = run.end(run.growth().size() - 1);
    assertThat(byPartition.keySet()).isEqualTo(end.byPartition().keySet());
    byPartition.forEach(
        (partition, ranges) -> {
          long position = partition < run.initial().size() ? run.initial().get(partition) : 0;
          for (OffsetRange range : ranges) {
            assertThat(range.start()).isEqualTo(position);
            assertThat(range.end()).isGreaterThanOrEqualTo(position);
            position = range.end();
          }

          assertThat(position).isEqualTo(end.byPartition().get(partition));
        });
  }

  @Property(tries = TRIES)
  void spannedIsWhatTheMicroBatchTook(@ForAll("runs") Run run) {
    List<StreamAccount> accounts = run.accounts();
    for (int batch = 0; batch < accounts.size(); batch++) {
      long took = run.growth().get(batch).stream().mapToLong(Long::longValue).sum();

      assertThat(accounts.get(batch).spanned()).isEqualTo(took);
    }
  }

  /** Spark reports a new partition without a start offset and reads it from its first record. */
  @Property(tries = TRIES)
  void aNewPartitionBeginsAtItsFirstRecord(@ForAll("runs") Run run) {
    for (StreamAccount account : run.accounts()) {
      Map<Integer, Long> before = run.end((int) account.batchId() - 1).byPartition();
      assertThat(account.offsets())
          .filteredOn(range -> !before.containsKey(range.partition()))
          .allMatch(range -> range.start() == 0);
    }
  }

  @Property(tries = TRIES)
  void aLeftOutAccountHasTheOffsetsOfTheReportedOneAndNothingElse(@ForAll("runs") Run run) {
    for (int batch = 0; batch < run.growth().size(); batch++) {
      StreamAccount reported =
          Accounts.of(run.reported(batch), run.planned(batch), Optional.empty());
      StreamAccount leftOut =
          Accounts.leftOut("q", "id", run.planned(batch), STARTED).orElseThrow();

      assertThat(leftOut)
          .isEqualTo(
              new StreamAccount(
                  "q",
                  "id",
                  batch,
                  STARTED,
                  0,
                  reported.offsets().stream()
                      .map(
                          range ->
                              new OffsetRange(
                                  range.topic(),
                                  range.partition(),
                                  range.start(),
                                  range.end(),
                                  range.end()))
                      .toList(),
                  Optional.empty(),
                  reported.watermark(),
                  reported.lateBefore(),
                  StreamAccount.Observed.NOTHING,
                  StreamAccount.State.EMPTY));
      assertThat(leftOut.missing()).isZero();
    }
  }

  /** Spark drops late events by the watermark of the previous micro-batch. */
  @Property(tries = TRIES)
  void lateBeforeIsTheWatermarkOfTheMicroBatchBefore(@ForAll("runs") Run run) {
    List<StreamAccount> accounts = run.accounts();
    assertThat(accounts.get(0).watermark()).isEmpty();
    assertThat(accounts.get(0).lateBefore()).isEmpty();
    for (int batch = 1; batch < accounts.size(); batch++) {
      assertThat(accounts.get(batch).watermark())
          .contains(Instant.ofEpochMilli(Run.watermark(batch)));
      assertThat(accounts.get(batch).lateBefore()).isEqualTo(accounts.get(batch - 1).watermark());
    }
  }

  @Property(tries = TRIES)
  void theBalanceHoldsExactlyWhenEveryRecordWentSomewhereOnce(
      @ForAll("smallNumbers") long read,
      @ForAll("smallNumbers") long rejected,
      @ForAll("smallNumbers") long events,
      @ForAll("smallNumbers") long duplicates,
      @ForAll("smallNumbers") long late,
      @ForAll("smallNumbers") long droppedByWindows) {
    MicroBatch batch =
        new MicroBatch(
            "q",
            "id",
            1,
            STARTED,
            5,
            List.of(),
            Optional.of(new Records(read, rejected, 3, Optional.empty())),
            0,
            Optional.of(new Counted(events, Optional.of(STARTED), Optional.of(STARTED))),
            List.of(
                new StateOperator("stateStoreSave", 7, 700, droppedByWindows, 0),
                new StateOperator("dedupeWithinWatermark", 11, 1_100, late, duplicates)));

    StreamAccount account = Accounts.of(batch, forgotten(1), Optional.empty());

    assertThat(account.split()).contains(new Split(read, events, duplicates, late, rejected));
    assertThat(account.split().orElseThrow().balances())
        .isEqualTo(read - rejected - duplicates - late == events);
    assertThat(account.state()).isEqualTo(new StreamAccount.State(18, 1_800));
    assertThat(account.observed())
        .isEqualTo(
            new StreamAccount.Observed(
                Optional.of(STARTED), Optional.of(STARTED), Optional.empty(), Optional.of(3L)));
    assertThat(account.offsets()).isEmpty();
    assertThat(account.missing()).as("files have no offsets").isZero();
  }

  /** A writer's count matches the table's contents more closely than a query's observation. */
  @Property(tries = TRIES)
  void whatWasWrittenGoesBeforeWhatWasObserved(
      @ForAll("smallNumbers") long written, @ForAll("smallNumbers") long observed) {
    MicroBatch observing =
        new MicroBatch(
            "q",
            "id",
            0,
            STARTED,
            5,
            List.of(),
            Optional.of(new Records(9, 0, 0, Optional.empty())),
            0,
            Optional.of(new Counted(observed, Optional.empty(), Optional.empty())),
            List.of());
    Split counted = new Split(written, written, 0, 0, 0);

    assertThat(split(observing, Optional.of(counted))).isEqualTo(counted);
    assertThat(split(observing, Optional.empty())).isEqualTo(new Split(9, observed, 0, 0, 0));
    assertThat(split(micro(0, List.of(), Optional.empty(), List.of()), Optional.of(counted)))
        .isEqualTo(counted);
  }

  @Property(tries = TRIES)
  void offsetsWithoutARecordAreMissing(
      @ForAll("smallNumbers") long spanned, @ForAll("smallNumbers") long read) {
    KafkaRead one =
        new KafkaRead(
            Optional.of(new TopicOffsets("events", Map.of(0, 5L))),
            new TopicOffsets("events", Map.of(0, 5L + spanned)),
            Optional.empty());
    MicroBatch batch =
        micro(1, List.of(one), Optional.of(new Records(read, 0, 0, Optional.empty())), List.of());

    StreamAccount account = Accounts.of(batch, forgotten(1), Optional.empty());

    assertThat(account.missing()).isEqualTo(read > spanned ? 0 : spanned - read);
    assertThat(account.offsets())
        .containsExactly(new OffsetRange("events", 0, 5, 5 + spanned, 5 + spanned));
  }

  /** Spark runs micro-batches without records to advance the watermark. */
  @Example
  void aMicroBatchWithoutRecordsCountsNothing() {
    MicroBatch batch =
        micro(
            1,
            List.of(),
            Optional.empty(),
            List.of(new StateOperator("dedupeWithinWatermark", 3, 300, 1, 1)));

    StreamAccount account = Accounts.of(batch, forgotten(1), Optional.empty());

    assertThat(account.split()).contains(Split.EMPTY);
    assertThat(account.state()).isEqualTo(new StreamAccount.State(3, 300));
  }

  @Example
  void aLeftOutMicroBatchWhosePredecessorIsForgottenSpansNothing() {
    PlannedBatch planned =
        new PlannedBatch(
            7,
            Optional.of(OffsetLogEntry.parse("v1\n{}\n{\"events\":{\"0\":30,\"1\":4}}")),
            Optional.empty(),
            Optional.empty());

    assertThat(Accounts.leftOut("q", "id", planned, STARTED).orElseThrow().offsets())
        .containsExactly(
            new OffsetRange("events", 0, 30, 30, 30), new OffsetRange("events", 1, 4, 4, 4));
    assertThat(Accounts.leftOut("q", "id", forgotten(7), STARTED)).isEmpty();
  }

  @Example
  void aLeftOutMicroBatchOfFilesHasNoOffsets() {
    PlannedBatch planned =
        new PlannedBatch(
            0,
            Optional.of(OffsetLogEntry.parse("v1\n{}\n{\"logOffset\":3}")),
            Optional.empty(),
            Optional.empty());

    assertThat(Accounts.leftOut("q", "id", planned, STARTED).orElseThrow().offsets()).isEmpty();
  }

  private static Split split(MicroBatch batch, Optional<Split> written) {
    return Accounts.of(batch, forgotten(0), written).split().orElseThrow();
  }

  private static PlannedBatch forgotten(long batchId) {
    return new PlannedBatch(batchId, Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static MicroBatch micro(
      long batchId,
      List<KafkaRead> reads,
      Optional<Records> records,
      List<StateOperator> operators) {
    return new MicroBatch(
        "q", "id", batchId, STARTED, 5, reads, records, 0, Optional.empty(), operators);
  }

  private static String json(TopicOffsets offsets) {
    return offsets.byPartition().entrySet().stream()
        .map(partition -> "\"%d\":%d".formatted(partition.getKey(), partition.getValue()))
        .collect(joining(",", "{\"" + offsets.topic() + "\":{", "}}"));
  }

  @Provide
  Arbitrary<Long> smallNumbers() {
    return Arbitraries.longs().between(0, 12);
  }

  /** Up to four partitions, some of which appear while the query runs. */
  @Provide
  Arbitrary<Run> runs() {
    Arbitrary<List<Long>> initial =
        Arbitraries.longs().between(0, 1_000_000).list().ofMinSize(1).ofMaxSize(3);
    Arbitrary<List<List<Long>>> growth =
        Arbitraries.longs().between(0, 1_000).list().ofMaxSize(4).list().ofMinSize(1).ofMaxSize(12);
    Arbitrary<List<Boolean>> killed = Arbitraries.of(true, false).list().ofSize(12);
    return Combinators.combine(initial, growth, killed).as(Run::new);
  }
}
