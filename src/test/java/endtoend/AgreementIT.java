package endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.lake.Boundaries;
import common.lake.LakeTable;
import common.metrics.View;
import common.ops.StreamAccount;
import common.settings.Settings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.compaction.CompactionJob;
import serving.health.Health;
import serving.health.Light;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import serving.reconcile.Reconciler;
import serving.reconcile.Reconciliation;
import testing.Pipeline;
import testing.Records;

/** Reconciliation, compaction and status over layers that real jobs filled from a real topic. */
class AgreementIT {
  /** The measures that the tests change; AgreementTest compares measures of other kinds. */
  private static final String MEASURES =
      """
      [{name = event_count, kind = count}
       {name = avg_temperature, kind = average, of = temperature}
       {name = total_energy, kind = sum, of = energy_consumed}]""";

  private static final RowFilter ALL = new RowFilter(Optional.empty(), Optional.empty());

  @TempDir private static Path shared;

  /** Ten minutes of events that only the stream has read. */
  private static Pipeline streamed;

  /** The same events after ingest and batch. */
  private static Pipeline caughtUp;

  @TempDir private Path folder;
  private Pipeline pipeline;
  private View view;

  @BeforeAll
  static void buildOnce() throws Exception {
    streamed =
        new Pipeline(
            shared.resolve("streamed"),
            Map.of(
                "serving.batch-lag",
                "2 minutes",
                "serving.settle",
                "0 seconds",
                "speed.retention",
                "5 minutes",
                "views.device_metrics.measures",
                MEASURES));
    View view = streamed.lake().view("device_metrics");
    List<String> events = new ArrayList<>();
    for (int minute = 0; minute <= 10; minute++) {
      events.add(event("a" + minute, minute, 20 + minute));
      events.add(event("b" + minute, minute, 30));
    }

    streamed.send(events.toArray(String[]::new));
    streamed.speed(view);
    streamed.close();
    caughtUp = streamed.copy(shared.resolve("caught-up"));
    caughtUp.ingest();
    caughtUp.batch(view);
    caughtUp.close();
  }

  private void start(Pipeline built) throws Exception {
    pipeline = built.copy(folder.resolve("pipeline"));
    view = pipeline.lake().view("device_metrics");
  }

  @AfterEach
  void stopBroker() {
    pipeline.close();
  }

  @Test
  void layersThatSawTheSameAgreeInEveryWindow() throws Exception {
    start(caughtUp);

    Reconciliation found = reconcile();

    assertThat(found.windows()).isEqualTo(8);
    assertThat(found.agreeing()).isEqualTo(8);
    assertThat(found.lateShare()).isZero();
    assertThat(found.measures())
        .hasSameSizeAs(view.measures())
        .allSatisfy(measure -> assertThat(measure.max()).isLessThan(1e-9));
    assertThat(recorded()).hasSize(1);
  }

  @Test
  void eachDifferenceIsExplainedByItsCause() throws Exception {
    start(streamed);
    pipeline.send(
        event("late", 3, 99),
        "{\"deviceId\":\"other\",\"eventTimestamp\":\"2026-01-31T10:02:00Z\",\"eventId\":\"x\"}");
    assertThat(pipeline.speed(view).late()).isEqualTo(2);
    // The event leaves the state once the watermark passes its time plus the tolerance.
    pipeline.send(event("again", 9, 1));
    pipeline.speed(view);
    pipeline.send(event("c", 20, 1));
    pipeline.speed(view);
    pipeline.speed(view);
    pipeline.send(
        "{\"eventId\":\"again\",\"deviceId\":\"d\",\"eventTimestamp\":\"2026-01-31T10:19:00Z\"}",
        event("e", 30, 1));
    assertThat(pipeline.speed(view).duplicate()).isZero();
    // The stream does not read these events.
    pipeline.send(event("n", 33, 1), event("o", 36, 1));
    catchUp();

    Reconciliation found = reconcile();

    assertThat(found.mismatched()).as("10:03").isEqualTo(1);
    assertThat(found.missingInSpeed()).as("10:02 of the other device, 10:33").isEqualTo(2);
    assertThat(found.missingInBatch()).as("10:19").isEqualTo(1);
    assertThat(found.causes())
        .isEqualTo(
            Map.of(
                "late beyond the watermark", 2L,
                "duplicate beyond the watermark", 1L,
                "speed behind: not read yet", 1L));
    assertThat(found.unexplained()).isZero();
    assertThat(found.lateShare()).as("of the records that the stream read").isEqualTo(2.0 / 28);
    assertThat(unified()).as("the batch view counts it").contains("10:03 3 batch");
  }

  @Test
  void whatAMicroBatchCountedBeforeTheWatermarkMovedIsToldFromWhatItDropped() throws Exception {
    start(streamed);
    pipeline.send(
        event("n", 20, 1), event("o", 20, 1),
        event("counted", 12, 1), event("p", 20, 1),
        event("late", 12, 1), event("q", 20, 1));
    Settings twoAMicroBatch = pipeline.settings(Map.of("speed.max-records-per-batch", "2"));
    assertThat(pipeline.speed(view, twoAMicroBatch).late()).isEqualTo(1);
    catchUp();

    Reconciliation found = reconcile();

    assertThat(found.mismatched()).isEqualTo(1);
    assertThat(found.causes()).isEqualTo(Map.of("late beyond the watermark", 1L));
    assertThat(unified()).contains("10:12 2 batch");
  }

  @Test
  void aDuplicateThatTheStreamCountsByItsConfigurationIsExplained() throws Exception {
    start(streamed);
    pipeline.send(event("n", 10, 1), event("late", 3, 99));
    pipeline.send(event("n", 10, 1), event("p", 14, 1));
    Settings counting = pipeline.settings(Map.of("speed.duplicates", "count"));
    StreamAccount.Split account = pipeline.speed(view, counting);
    catchUp();

    Reconciliation found = reconcile(counting);

    assertThat(account.balances()).isTrue();
    assertThat(account.duplicate()).isZero();
    assertThat(found.unexplained()).isZero();
    assertThat(found.causes()).containsEntry("duplicate: speed.duplicates = count", 1L);
    assertThat(unified()).as("the batch view counts it once").contains("10:10 3 batch");
  }

  @Test
  void aBatchThatIsBehindIsExplained() throws Exception {
    start(caughtUp);
    pipeline.send(event("n", 10, 1));
    pipeline.send(event("p", 9, 1));
    pipeline.speed(view);
    pipeline.ingest();
    new Boundaries(pipeline.lake().lake())
        .publish(view, time(11), Boundaries.Origin.manual, Instant.now(), Duration.ZERO);

    Reconciliation found = reconcile();

    assertThat(found.causes()).isEqualTo(Map.of("batch behind: came since its last run", 2L));
  }

  @Test
  void aWrongNumberOrALostRowIsNeverExplained() throws Exception {
    start(streamed);
    pipeline.send(event("late", 3, 99));
    pipeline.speed(view);
    catchUp();
    LakeTable speed = pipeline.lake().lake().speedView(view);
    speed.delta().delete("window_start = TIMESTAMP'2026-01-31 10:00:00'");
    speed
        .delta()
        .updateExpr(
            "window_start = TIMESTAMP'2026-01-31 10:03:00'", Map.of("total_energy", "1e-6"));
    speed
        .delta()
        .updateExpr(
            "window_start = TIMESTAMP'2026-01-31 10:05:00'",
            Map.of("avg_temperature", "avg_temperature * (1 + 1e-7)"));

    Reconciliation found = reconcile();

    assertThat(found.missingInSpeed()).isEqualTo(1);
    assertThat(found.mismatched()).isEqualTo(2);
    assertThat(found.unexplained()).isEqualTo(3);
    assertThat(status()).contains("agreement red");

    pipeline
        .lake()
        .lake()
        .batchView(view)
        .delta()
        .updateExpr("window_start = TIMESTAMP'2026-01-31 10:06:00'", Map.of("event_count", "17L"));
    assertThat(reconcile().unexplained()).as("a wrong batch row").isEqualTo(4);
  }

  @Test
  void compactionDeletesWhatIsOldAndCoveredAndChangesNoAnswer() throws Exception {
    start(caughtUp);
    List<String> before = unified();

    CompactionJob.Report report = compact();

    assertThat(report.before()).hasValue(time(5));
    assertThat(report.deleted()).isEqualTo(5);
    assertThat(pipeline.lake().lake().speedView(view).read().count()).isEqualTo(6);
    assertThat(unified()).isEqualTo(before);
    assertThat(compact().deleted()).isZero();
    assertThat(reconcile().windows()).as("deleted windows are not compared").isEqualTo(3);
    assertThat(reconcile().differing()).isZero();
    assertThat(status()).contains("coverage green");
  }

  @Test
  void compactionKeepsRowsThatTheBatchViewLacks() throws Exception {
    start(caughtUp);
    pipeline
        .lake()
        .lake()
        .batchView(view)
        .delta()
        .delete("window_start = TIMESTAMP'2026-01-31 10:01:00'");

    CompactionJob.Report report = compact();

    assertThat(report.deleted()).isEqualTo(4);
    assertThat(report.uncovered()).isEqualTo(1);
  }

  @Test
  void aRetentionShorterThanTheLagOfTheBatchSideIsRedWithTheMissingRange() throws Exception {
    start(caughtUp);
    assertThat(status()).contains("coverage green");
    pipeline.send(event("far", 30, 1));
    pipeline.speed(view);

    assertThat(new Health(spark(), pipeline.lake().settings(), Clock.systemUTC()).of(List.of(view)))
        .anySatisfy(
            check -> {
              assertThat(check.check()).isEqualTo("coverage");
              assertThat(check.light()).isEqualTo(Light.red);
              assertThat(check.detail())
                  .startsWith("2026-01-31T10:08:00Z to 2026-01-31T10:25:00Z")
                  .contains("speed.retention");
            });
  }

  @Test
  void aSpeedViewThatBeganBehindTheBoundaryIsRedWithTheMissingRange() throws Exception {
    start(caughtUp);
    pipeline.send(event("n", 11, 1), event("m", 12, 1));
    pipeline.speed(view);
    pipeline.ingest();
    pipeline
        .lake()
        .lake()
        .speedView(view)
        .delta()
        .delete("window_start < TIMESTAMP'2026-01-31 10:12:00'");

    assertThat(new Health(spark(), pipeline.lake().settings(), Clock.systemUTC()).of(List.of(view)))
        .anySatisfy(
            check ->
                assertThat(check.detail())
                    .startsWith("2026-01-31T10:11:00Z to 2026-01-31T10:12:00Z: in the master"));
  }

  @Test
  void aBoundarySetAheadOfTheBatchViewIsRedWithWhatItHides() throws Exception {
    start(caughtUp);
    new Boundaries(pipeline.lake().lake())
        .publish(view, time(10), Boundaries.Origin.manual, Instant.now(), Duration.ZERO);

    assertThat(new Health(spark(), pipeline.lake().settings(), Clock.systemUTC()).of(List.of(view)))
        .anySatisfy(
            check -> {
              assertThat(check.light()).isEqualTo(Light.red);
              assertThat(check.detail())
                  .startsWith("2026-01-31T10:08:00Z to 2026-01-31T10:10:00Z: hidden");
            });
  }

  @Test
  void aBatchRunDoesNotTurnAHiddenWindowGreenThatItHasNotComputed() throws Exception {
    start(caughtUp);
    pipeline.send(event("n", 14, 1));
    pipeline.speed(view);
    new Boundaries(pipeline.lake().lake())
        .publish(view, time(16), Boundaries.Origin.manual, Instant.now(), Duration.ZERO);
    pipeline.batch(view);

    assertThat(new Health(spark(), pipeline.lake().settings(), Clock.systemUTC()).of(List.of(view)))
        .anySatisfy(
            check -> {
              assertThat(check.light()).isEqualTo(Light.red);
              assertThat(check.detail())
                  .startsWith("2026-01-31T10:14:00Z to 2026-01-31T10:15:00Z: hidden");
            });
  }

  @Test
  void withoutTwoLayersTheUserIsToldWhatToRun() throws Exception {
    start(streamed);
    View other = pipeline.lake().view("user_activity_summary");

    assertThatThrownBy(
            () ->
                new Reconciler(spark(), pipeline.lake().settings(), Clock.systemUTC())
                    .run(other, Optional.empty(), Optional.empty()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("batch --view user_activity_summary");
  }

  @Test
  void everyMicroBatchIsInTheLedgerWithItsOffsets() throws Exception {
    start(streamed);
    List<Row> rows =
        pipeline
            .lake()
            .lake()
            .table("ops/stream_progress", StreamAccount.SCHEMA, List.of("query"))
            .read()
            .where("read > 0")
            .collectAsList();

    assertThat(rows)
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.<String>getAs("query")).isEqualTo("speed device_metrics delta");
              assertThat(row.<Long>getAs("spanned")).isEqualTo(22);
              assertThat(row.<Long>getAs("counted")).isEqualTo(22);
              assertThat(row.<Instant>getAs("newest_event")).isEqualTo(time(10).plusSeconds(5));
              Row range = (Row) row.getList(row.fieldIndex("offsets")).get(0);
              assertThat(range.toString()).isEqualTo("[events,0,0,22,22]");
            });
  }

  private void catchUp() throws Exception {
    pipeline.ingest();
    pipeline.batch(view);
  }

  private Reconciliation reconcile() {
    return reconcile(pipeline.lake().settings());
  }

  private Reconciliation reconcile(Settings settings) {
    return new Reconciler(spark(), settings, Clock.systemUTC())
        .run(view, Optional.empty(), Optional.empty())
        .orElseThrow();
  }

  private CompactionJob.Report compact() {
    return new CompactionJob(spark(), pipeline.lake().settings(), Clock.systemUTC()).run(view);
  }

  private List<String> status() {
    return new Health(spark(), pipeline.lake().settings(), Clock.systemUTC())
        .of(List.of(view)).stream().map(check -> check.check() + " " + check.light()).toList();
  }

  private List<Row> recorded() {
    return pipeline
        .lake()
        .lake()
        .table("ops/reconciliation", Reconciliation.SCHEMA, List.of("view"))
        .read()
        .collectAsList();
  }

  private List<String> unified() {
    return new QueryRouter(spark(), pipeline.lake().lake())
        .rows(view, Accuracy.any, ALL).collectAsList().stream()
            .map(
                row ->
                    "%s %s %s"
                        .formatted(
                            row.getAs(View.WINDOW_START).toString().substring(11, 16),
                            row.getAs("event_count"),
                            row.getAs(View.SOURCE)))
            .toList();
  }

  private SparkSession spark() {
    return pipeline.lake().spark();
  }

  private static Instant time(int minute) {
    return Instant.parse("2026-01-31T10:00:00Z").plusSeconds(60L * minute);
  }

  private static String event(String id, int minute, double temperature) {
    return Records.event(id, "d", time(minute).plusSeconds(5).toString(), temperature);
  }
}
