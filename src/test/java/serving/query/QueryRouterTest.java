package serving.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.metrics.View;
import common.ops.Heartbeats;
import common.ops.StreamProgress;
import common.session.Session;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.sql.SparkDialect;
import serving.sql.UnifiedView;
import testing.LayeredRows;
import testing.TestLake;

class QueryRouterTest {
  private static final RowFilter ALL = new RowFilter(Optional.empty(), Optional.empty());

  @TempDir private Path folder;
  private TestLake lake;
  private View view;
  private QueryRouter router;
  private LayeredRows rows;

  @BeforeEach
  void bothLayersOverlap() {
    lake = new TestLake(folder);
    view = lake.view("device_metrics");
    router = new QueryRouter(lake.spark(), lake.lake());
    rows = new LayeredRows(lake).create();
    rows.batch(rows.row("a", "10:00", 1), rows.row("a", "10:01", 2), rows.row("b", "10:02", 3));
    rows.speed(rows.row("a", "10:01", 20), rows.row("a", "10:02", 30), rows.row("b", "10:00", 10));
  }

  @Test
  void anySplitsAtTheBoundaryAndHidesNoBatchRow() {
    rows.boundary("10:01");

    assertThat(answer(Accuracy.any, ALL))
        .containsExactly(
            "a 10:00 1 batch", "a 10:01 20 speed", "a 10:02 30 speed", "b 10:02 3 batch");
  }

  @Test
  void withoutABoundarySpeedLeads() {
    assertThat(answer(Accuracy.any, ALL)).isEqualTo(answer(Accuracy.latest, ALL)).hasSize(5);
  }

  @Test
  void exactReadsTheBatchViewAlone() {
    rows.boundary("10:01");

    assertThat(answer(Accuracy.exact, ALL))
        .containsExactly("a 10:00 1 batch", "a 10:01 2 batch", "b 10:02 3 batch");
  }

  @Test
  void exactTellsWhichWindowsOnTimeEventsCanStillChange() {
    rows.boundary("10:01");

    assertThat(
            router.rows(view, Accuracy.exact, ALL).collectAsList().stream()
                .map(row -> row.getAs("window_start") + " " + row.getAs("closed")))
        .containsExactly(
            "2026-01-31T10:00:00Z true",
            "2026-01-31T10:01:00Z false",
            "2026-01-31T10:02:00Z false");
  }

  @Test
  void anAnswerOlderThanAskedIsRefused() {
    AnswerAge age = new AnswerAge(Session.running(lake.spark()), lake.lake(), Clock.systemUTC());
    Duration minute = Duration.ofMinutes(1);
    assertThatThrownBy(() -> age.require(view, Accuracy.any, minute))
        .hasMessageContaining("update of the data: none; a maximum age of PT1M");

    new Heartbeats(lake.lake())
        .beat(StreamProgress.speedQuery(view, "delta"), Instant.now().minusSeconds(30));

    age.require(view, Accuracy.any, minute);
    assertThatThrownBy(() -> age.require(view, Accuracy.any, Duration.ofSeconds(20)))
        .hasMessageContaining("run batch --view device_metrics or start the speed job");
    assertThatThrownBy(() -> age.require(view, Accuracy.exact, minute))
        .hasMessageContaining("update of the data: none");
  }

  @Test
  void aQueryCanWaitForTheBoundary() throws Exception {
    AnswerAge age = new AnswerAge(Session.running(lake.spark()), lake.lake(), Clock.systemUTC());
    rows.boundary("10:01");

    age.awaitBoundary(view, LayeredRows.time("10:01"), Duration.ZERO);
    assertThatThrownBy(
            () -> age.awaitBoundary(view, LayeredRows.time("10:02"), Duration.ofSeconds(1)))
        .hasMessageContaining("is still 2026-01-31T10:01:00Z after --wait PT1S");
  }

  @Test
  void latestPrefersSpeedWhereverItHasARow() {
    rows.boundary("10:02");

    assertThat(answer(Accuracy.latest, ALL))
        .containsExactly(
            "a 10:00 1 batch",
            "a 10:01 20 speed",
            "a 10:02 30 speed",
            "b 10:00 10 speed",
            "b 10:02 3 batch");
  }

  @Test
  void keysAndHalfOpenTimesNarrowTheAnswer() {
    rows.boundary("10:01");
    RowFilter filter =
        new RowFilter(
                Optional.of(LayeredRows.time("10:01")), Optional.of(LayeredRows.time("10:02")))
            .withKey(view, "device_id=a");

    assertThat(answer(Accuracy.any, filter)).containsExactly("a 10:01 20 speed");
  }

  @Test
  void theGeneratedSparkViewGivesTheSameRows() {
    rows.boundary("10:01");
    UnifiedView unified =
        new UnifiedView(
            view,
            lake.lake().batchView(view).schema(),
            new SparkDialect(lake.lake()),
            Duration.ofSeconds(30));

    List<String> rows =
        lake
            .spark()
            .sql(unified.select())
            .orderBy("device_id", "window_start")
            .collectAsList()
            .stream()
            .map(QueryRouterTest::text)
            .toList();

    assertThat(rows).isEqualTo(answer(Accuracy.any, ALL));
    assertThat(unified.create()).startsWith("CREATE OR REPLACE VIEW `device_metrics` AS");
  }

  @Test
  void aLakeWithoutTheViewSaysWhatToRun() {
    View other = lake.view("user_activity_summary");

    assertThatThrownBy(() -> router.rows(other, Accuracy.any, ALL))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("run ingest, then batch --view user_activity_summary");
  }

  private List<String> answer(Accuracy accuracy, RowFilter filter) {
    return router.rows(view, accuracy, filter).collectAsList().stream()
        .map(QueryRouterTest::text)
        .toList();
  }

  private static String text(Row row) {
    return "%s %s %d %s"
        .formatted(
            row.getAs("device_id"),
            row.getAs(View.WINDOW_START).toString().substring(11, 16),
            row.<Long>getAs("event_count"),
            row.getAs(View.SOURCE));
  }
}
