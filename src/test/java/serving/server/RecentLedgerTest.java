package serving.server;

import static org.assertj.core.api.Assertions.assertThat;

import common.lake.LakeTable;
import common.ops.StreamAccount;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.query.DuckDb;
import serving.query.LedgerCounts;
import testing.OperationRecords;
import testing.TestLake;

class RecentLedgerTest {
  private static final String SPEED = "speed device_metrics delta";
  private static final Split SPLIT = new Split(10, 6, 1, 2, 1);

  /** Start of the interval in which everything in a test happens. */
  private static final Instant START = Instant.now().truncatedTo(ChronoUnit.HOURS);

  @TempDir private Path folder;
  private TestLake lake;
  private OperationRecords records;
  private DuckDb engine;
  private RecentLedger ledger;
  private Instant now = START.plusSeconds(60);

  @BeforeEach
  void open() throws Exception {
    lake = new TestLake(folder.resolve("it's a lake"));
    records = new OperationRecords(lake);
    engine = DuckDb.start(Duration.ofSeconds(30));
    ledger = new RecentLedger(lake.lake(), engine, new MovableClock());
  }

  @AfterEach
  void close() throws Exception {
    engine.close();
  }

  @Test
  void countsAreTotalsByQueryAndInterval() throws Exception {
    Instant earlier = START.minus(Duration.ofMinutes(10));
    records.ledger(
        records.speed(START.minus(Duration.ofHours(7)), SPLIT, 1),
        records.speed(earlier, SPLIT, 3),
        records.killed(START.minusSeconds(1), 42),
        records.speed(START, SPLIT, 4),
        records.of("ingest", START, SPLIT),
        records.of("speed device_metrics_2 delta", START, SPLIT));
    records.ledger(records.speed(START.plusSeconds(1), SPLIT, 5));

    RecentLedger.Period period = of();

    assertThat(period.to()).isEqualTo(START.plus(Duration.ofMinutes(10)));
    assertThat(period.from()).isEqualTo(period.to().minus(Duration.ofHours(6)));
    assertThat(period.queries()).containsOnlyKeys("ingest", SPEED);
    assertThat(period.queries().get(SPEED))
        .containsOnlyKeys(earlier, START)
        .containsEntry(earlier, new LedgerCounts(2, SPLIT, 42, Optional.of(3L)))
        .containsEntry(START, new LedgerCounts(2, SPLIT.plus(SPLIT), 0, Optional.of(9L)));
    assertThat(period.queries().get("ingest"))
        .containsEntry(START, new LedgerCounts(1, SPLIT, 0, Optional.empty()));
  }

  @Test
  void anAppendIsVisibleAfterTenSeconds() throws Exception {
    assertThat(of().queries()).isEmpty();
    records.ledger(records.speed(START, SPLIT, 0));

    now = now.plusSeconds(9);
    assertThat(of().queries()).isEmpty();
    now = now.plusSeconds(1);
    assertThat(counted()).isEqualTo(6);
  }

  @Test
  void aFileIsReadOnce() throws Exception {
    records.ledger(records.speed(START, SPLIT, 0));
    assertThat(counted()).isEqualTo(6);

    FileUtils.deleteDirectory(
        folder.resolve("it's a lake/ops/stream_progress/query=" + SPEED).toFile());
    now = now.plusSeconds(10);

    assertThat(counted()).isEqualTo(6);
  }

  /** Spark writes times in a different format from the ledger. */
  @Test
  void compactionChangesNothing() throws Exception {
    records.ledger(records.speed(START, SPLIT, 0));
    records.ledger(records.speed(START, SPLIT, 0));
    assertThat(counted()).isEqualTo(12);

    StreamProgress.table(lake.lake()).delta().optimize().executeCompaction();
    records.ledger(records.speed(START, SPLIT, 0));
    now = now.plusSeconds(10);

    assertThat(counted()).isEqualTo(18);
  }

  @Test
  void theFirstIntervalsEndWithTime() throws Exception {
    records.ledger(records.speed(START, SPLIT, 0));
    assertThat(counted()).isEqualTo(6);

    now = now.plus(Duration.ofHours(7));

    assertThat(of().queries()).isEmpty();
  }

  /** An earlier version of the application did not observe the order of records. */
  @Test
  void filesMayLackNewColumns() throws Exception {
    List<String> columns = List.of(StreamAccount.SCHEMA.fieldNames());
    StructType earlier =
        new StructType(
            Arrays.copyOf(StreamAccount.SCHEMA.fields(), columns.indexOf("oldest_record")));
    LakeTable table = lake.lake().table("ops/stream_progress", earlier, List.of("query"));
    table.create();
    Object[] values = new Object[earlier.length()];
    values[columns.indexOf("query")] = SPEED;
    values[columns.indexOf("started_at")] = START;
    for (String count : List.of("read", "counted")) {
      values[columns.indexOf(count)] = 5L;
    }

    table.append(List.of(RowFactory.create(values)));

    assertThat(of().queries().get(SPEED))
        .containsEntry(START, new LedgerCounts(1, new Split(5, 5, 0, 0, 0), 0, Optional.empty()));
  }

  private RecentLedger.Period of() throws Exception {
    return ledger.of(records.view());
  }

  private long counted() throws Exception {
    return of().queries().get(SPEED).values().stream()
        .mapToLong(counts -> counts.split().counted())
        .sum();
  }

  private final class MovableClock extends Clock {
    @Override
    public Instant instant() {
      return now;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(java.time.ZoneId zone) {
      throw new UnsupportedOperationException();
    }
  }
}
