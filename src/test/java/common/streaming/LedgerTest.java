package common.streaming;

import static org.apache.spark.sql.functions.expr;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import common.settings.Policy;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.RecordStream;
import testing.Records;
import testing.TestLake;

/** Ledgers of queries that observe or count incorrectly. */
class LedgerTest {
  private static final String QUERY = "wrong";

  @TempDir private Path folder;
  private TestLake lake;

  @BeforeEach
  void emptyLake() {
    lake = new TestLake(folder.resolve("lake"));
  }

  @Test
  void recordsThatDoNotAddUpStopTheJobUnderFail() {
    Ledger ledger = ledger(Policy.fail);

    assertThatThrownBy(() -> run(ledger, "count(1)", 1))
        .hasStackTraceContaining("the record counts of micro-batch 0 do not add up")
        .hasStackTraceContaining("streaming.ledger-policy=warn");
    assertThat(new Checkpoint(lake.spark(), folder + "/checkpoint").lastCommitted())
        .as("the micro-batch is not completed")
        .isEmpty();
  }

  @Test
  void recordsThatDoNotAddUpAreKeptUnderWarn() throws Exception {
    Ledger ledger = ledger(Policy.warn);

    run(ledger, "count(1)", 1);

    assertThat(ledger.of(QUERY)).isEqualTo(new Split(1, 2, 0, 0, 0));
    assertThat(ledger.of(QUERY).balances()).isFalse();
    assertThat(written()).containsExactly(ledger.of(QUERY));
  }

  @Test
  void recordsThatAddUpStopNothing() throws Exception {
    Ledger ledger = ledger(Policy.fail);

    run(ledger, "count(1)", 0);

    assertThat(ledger.of(QUERY)).isEqualTo(new Split(1, 1, 0, 0, 0));
    assertThat(written()).containsExactly(ledger.of(QUERY));
  }

  @Test
  void aMicroBatchThatCannotBeAccountedForStopsTheJobUnderFail() {
    Ledger ledger = ledger(Policy.fail);

    assertThatThrownBy(() -> run(ledger, "max('many')", 0))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("wrong: batch 0 is missing from the ledger")
        .hasMessageContaining("streaming.ledger-policy=warn");
  }

  private Ledger ledger(Policy policy) {
    return new Ledger(lake.spark(), lake.lake(), policy);
  }

  /**
   * Reads one record.
   *
   * @param read the SQL expression that the query observes as the number of its records
   * @param tooMany number of events that the writer reports in excess of the events read
   */
  private void run(Ledger ledger, String read, long tooMany) throws Exception {
    Checkpoint checkpoint = new Checkpoint(lake.spark(), folder + "/checkpoint");
    ledger.open(QUERY, checkpoint);
    RecordStream stream = new RecordStream();
    stream.add(List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 1)));
    DataStreamWriter<Row> query =
        stream
            .records()
            .observe(
                Observations.RECORDS,
                expr(read).as(Observations.READ),
                expr("0L").as(Observations.REJECTED),
                expr("0L").as(Observations.OUT_OF_ORDER),
                expr("CAST(NULL AS TIMESTAMP)").as(Observations.OLDEST))
            .writeStream()
            .queryName(QUERY)
            .option("checkpointLocation", checkpoint.path())
            .foreachBatch(
                (Dataset<Row> rows, Long batch) -> {
                  long found = rows.count();
                  ledger.written(QUERY, batch, new Split(found, found + tooMany, 0, 0, 0));
                });
    try (RunningQueries queries =
        RunningQueries.start(
            lake.spark(), List.of(RunningQueries.Planned.stateless(query)), ledger)) {
      queries.processAllAvailable();
    }
  }

  private List<Split> written() {
    return new StreamProgress(lake.spark(), lake.lake())
            .of(QUERY)
            .select("read", "counted", "duplicate", "late", "rejected")
            .collectAsList()
            .stream()
            .map(
                row ->
                    new Split(
                        row.getLong(0),
                        row.getLong(1),
                        row.getLong(2),
                        row.getLong(3),
                        row.getLong(4)))
            .toList();
  }
}
