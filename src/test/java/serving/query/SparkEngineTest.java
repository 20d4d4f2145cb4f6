package serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.ErrorCode;
import common.Failure;
import common.lake.LakeTable;
import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import common.ops.StreamAccount;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import common.session.Session;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.OperationRecords;
import testing.TestLake;

/**
 * Both engines return the same results. Comparisons in the server's tests are not repeated here.
 */
class SparkEngineTest {
  private static final RowFilter ALL = new RowFilter(Optional.empty(), Optional.empty());
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir private Path folder;
  private TestLake lake;
  private View view;
  private DuckDb duckDb;
  private SparkEngine spark;

  @BeforeEach
  void start() throws Exception {
    lake =
        new TestLake(
            folder.resolve("it's a lake"),
            Map.of(
                "views.sales",
                """
                {keys = [revenue, session_duration, event_type], window = 1 minute
                 measures = [{name = readings, kind = count}
                             {name = total, kind = sum, of = revenue}]}"""));
    view = lake.view("sales");
    duckDb = DuckDb.start(PATIENCE);
    spark = engine(PATIENCE);
  }

  private SparkEngine engine(Duration timeout) {
    return new SparkEngine(Session.running(lake.spark()), lake.lake(), timeout);
  }

  @AfterEach
  void close() throws Exception {
    duckDb.close();
    spark.close();
  }

  @Test
  void keysOfEveryTypeSelectAndPageAlike() throws Exception {
    lake.lake().of(view).create();
    lake.append(lake.lake().batchView(view), row("1.5000", 20, "31"), row("10.0000", 3, "30"));
    lake.append(lake.lake().speedView(view), row("10.0000", 3, "31"), row("10.0000", 21, "31"));
    Layers layers = layers();

    assertThat(pages(duckDb, layers)).isEqualTo(pages(spark, layers)).hasSize(4);
    for (String key : List.of("10", "1e1", "session_duration=3", "event_type=it's")) {
      assertThat(alike(layers, request(ALL.withKey(view, key)))).as(key).isNotEmpty();
    }

    for (String key : List.of("cheap", "session_duration=three", "session_duration=1' OR '1'='1")) {
      for (QueryEngine engine : List.of(duckDb, spark)) {
        assertThatThrownBy(() -> engine.rows(request(ALL.withKey(view, key)), layers))
            .as(key)
            .isInstanceOf(Failure.class)
            .hasMessageContaining("does not have the type of its column");
      }
    }
  }

  @Test
  void aViewBeginsAndEndsAlike() throws Exception {
    lake.lake().of(view).create();
    Layers empty = layers();
    assertThat(duckDb.extent(view, empty)).isEqualTo(spark.extent(view, empty)).isEmpty();

    lake.append(lake.lake().batchView(view), row("1", 1, "29"), row("1", 1, "30"));
    lake.append(lake.lake().speedView(view), row("1", 1, "28"), row("1", 1, "31"));

    Optional<QueryEngine.Extent> whole =
        Optional.of(new QueryEngine.Extent(start("28"), start("31")));
    assertThat(duckDb.extent(view, layers())).isEqualTo(whole);
    assertThat(spark.extent(view, layers())).isEqualTo(whole);
  }

  @Test
  void theLedgerHasTheSameTotals() throws Exception {
    Instant from = Instant.parse("2026-01-31T10:00:00Z");
    LakeTable table = StreamProgress.table(lake.lake());
    List<String> columns = List.of(StreamAccount.SCHEMA.fieldNames());
    StructType earlier =
        new StructType(
            Arrays.copyOf(StreamAccount.SCHEMA.fields(), columns.indexOf("oldest_record")));
    Object[] values = new Object[earlier.length()];
    values[columns.indexOf("query")] = "ingest";
    values[columns.indexOf("started_at")] = from;
    values[columns.indexOf("read")] = 5L;
    LakeTable before = lake.lake().table("ops/stream_progress", earlier, List.of("query"));
    before.create();
    before.append(List.of(RowFactory.create(values)));
    OperationRecords records = new OperationRecords(lake);
    Split split = new Split(10, 6, 1, 2, 1);
    records.ledger(
        records.speed(from.minusSeconds(1), split, 1),
        records.speed(from.plusSeconds(599), split, 3),
        records.killed(from.plusSeconds(600), 42),
        records.of("ingest", from.plusSeconds(601), split));
    List<DataFile> files = table.snapshot().files();

    List<LedgerStatement.Totals> totals = spark.ledger(files, from, Duration.ofMinutes(10));

    assertThat(totals)
        .containsExactlyInAnyOrderElementsOf(duckDb.ledger(files, from, Duration.ofMinutes(10)))
        .hasSize(4)
        .allMatch(total -> files.stream().map(DataFile::localPath).anyMatch(total.file()::equals));
  }

  @Test
  void aQueryThatTakesTooLongIsCancelledWithItsJobs() throws Exception {
    try (SparkEngine impatient = engine(Duration.ofSeconds(2))) {
      assertThatThrownBy(() -> impatient.within("endless", this::endless))
          .isInstanceOfSatisfying(
              Failure.class, late -> assertThat(late.code()).isEqualTo(ErrorCode.QUERY_TOO_LONG));
      Instant deadline = Instant.now().plusSeconds(30);
      while (jobs() > 0 && Instant.now().isBefore(deadline)) {
        Thread.sleep(50);
      }

      assertThat(jobs()).isZero();
    } finally {
      // Otherwise, a failure would block the other tests of this JVM.
      lake.spark().sparkContext().cancelAllJobs();
    }
  }

  @Test
  void aViewThatCannotBeReadDoesNotStopTheOthers() throws Exception {
    lake.lake().of(view).create();
    View other = lake.view("device_metrics");
    lake.lake().of(other).create();
    lake.lake().speedView(view).setProperty("lambda.definition", "another");

    spark.prepare(List.of(view, other, lake.view("user_activity_summary")));

    assertThat(spark.rows(new RowRequest(other, Accuracy.any, ALL), layers(other))).isEmpty();
  }

  private long endless() {
    MapPartitionsFunction<Long, Long> sleep =
        numbers -> {
          Thread.sleep(PATIENCE.toMillis());
          return numbers;
        };
    return lake.spark().range(1).as(Encoders.LONG()).mapPartitions(sleep, Encoders.LONG()).count();
  }

  private int jobs() {
    return lake.spark().sparkContext().statusTracker().getActiveJobIds().length;
  }

  /** All rows, in pages of one row. */
  private List<String> pages(QueryEngine engine, Layers layers) throws Exception {
    List<String> rows = new ArrayList<>();
    List<String> after = List.of();
    do {
      List<Row> page =
          engine.rows(new RowRequest(view, Accuracy.any, ALL, OptionalInt.of(1), after), layers);
      rows.add(page.get(0).toString());
      assertThat(rows).doesNotHaveDuplicates();
      Row last = page.get(0);
      after =
          page.size() < 2
              ? List.of()
              : QueryRouter.order(view).stream()
                  .map(QueryRouter.columns(view)::indexOf)
                  .map(column -> last.get(column).toString())
                  .toList();
    } while (!after.isEmpty());

    return rows;
  }

  private List<String> alike(Layers layers, RowRequest request) throws Exception {
    List<String> rows = duckDb.rows(request, layers).stream().map(Row::toString).toList();
    assertThat(spark.rows(request, layers).stream().map(Row::toString)).isEqualTo(rows);
    return rows;
  }

  private RowRequest request(RowFilter filter) {
    return new RowRequest(view, Accuracy.any, filter, OptionalInt.of(10), List.of());
  }

  private Layers layers() {
    return layers(view);
  }

  private Layers layers(View of) {
    return Layers.read(lake.lake(), of).orElseThrow();
  }

  private Row row(String revenue, double duration, String day) {
    return RowFactory.create(
        Arrays.stream(lake.lake().batchView(view).schema().fieldNames())
            .map(
                name ->
                    switch (name) {
                      case "revenue", "total" -> new BigDecimal(revenue);
                      case "session_duration" -> duration;
                      case "event_type" -> "it's";
                      case View.WINDOW_START, View.WINDOW_END -> start(day);
                      case View.EVENT_DATE -> LocalDate.parse("2026-01-" + day);
                      case "readings" -> 1L;
                      default -> null;
                    })
            .toArray());
  }

  private static Instant start(String day) {
    return Instant.parse("2026-01-%sT10:00:00Z".formatted(day));
  }
}
