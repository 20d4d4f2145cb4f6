package speed;

import static org.assertj.core.api.Assertions.assertThat;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import common.lake.Baselines;
import common.metrics.Baseline;
import common.metrics.View;
import common.ops.Run;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import speed.sink.delta.DeltaSink;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestLake;

/** Baselines from their publication by batch runs to the rows of both layers. */
class LiveBaselineIT {
  private static final LocalDate FIRST = LocalDate.parse("2026-01-01");

  private static final Map<String, String> SETTINGS =
      Map.of(
          "views.v",
          """
          { keys = [device_id], window = 30 minutes
            measures = [{ name = avg_temperature, kind = average, of = temperature }]
            levels { column = level, otherwise = OK, rules = [
              { level = UNUSUAL, when = "deviates(avg_temperature, 3)", severity = info }] } }""",
          "serving.batch-lag",
          "1 minute",
          "serving.baseline.history-days",
          "5",
          "serving.baseline.min-days",
          "3");

  @TempDir private static Path history;
  private static TestLake eightDays;
  private static int events;

  @TempDir private Path folder;
  private TestLake lake;
  private View view;
  private Baselines baselines;

  /** The batch view has reached day 7, so day 8 is the last day with a baseline. */
  @BeforeAll
  static void eightDaysOfHistory() {
    List<String> bodies = new ArrayList<>();
    for (int day = 0; day < 8; day++) {
      bodies.add(event("d", day, "10:05:00", 20 + day % 3));
      bodies.add(event("d", day, "10:35:00", 20));
    }

    eightDays = new TestLake(history, SETTINGS);
    eightDays.arrive(bodies.toArray(String[]::new));
    batch(eightDays, new BatchRequest.Incremental());
  }

  @BeforeEach
  void copy() throws Exception {
    lake = eightDays.copy(folder);
    view = lake.view("v");
    baselines = new Baselines(lake.lake());
  }

  @Test
  void bothLayersGiveARowTheSameLevelAndBaseline() throws Exception {
    List<String> live =
        List.of(
            event("d", 8, "10:05:00", 60),
            event("d", 8, "10:35:00", 21),
            event("d", 8, "11:05:00", 60),
            event("new", 8, "11:06:00", 60));

    RecordStream stream = new RecordStream();
    LiveBaseline baseline = new LiveBaseline(view, baselines);
    DeltaSink sink = new DeltaSink(view, lake.lake().speedView(view), Duration.ZERO);
    StreamingQuery query =
        SpeedStream.of(
                stream,
                view,
                Duration.ofDays(1),
                Duration.ofDays(1),
                folder.resolve("checkpoint"),
                (changed, batchId) -> baseline.judge(changed, rows -> sink.call(rows, batchId)))
            .start();
    stream.add(live.subList(0, 2));
    query.processAllAvailable();
    stream.add(live.subList(2, 4));
    query.processAllAvailable();
    query.stop();

    arrive(live);
    batch(new BatchRequest.Incremental());

    assertThat(rows(lake.lake().speedView(view).read(), 8))
        .containsExactly(
            "d 10:00 60.0 UNUSUAL", "d 10:30 21.0 OK", "d 11:00 60.0 OK", "new 11:00 60.0 OK");
    assertThat(judgements(lake.lake().speedView(view).read(), 8))
        .isEqualTo(judgements(lake.lake().batchView(view).read(), 8))
        .anyMatch(row -> row.startsWith("d 10:00 UNUSUAL against 20."));
  }

  @Test
  void aLateEventChangesAPublishedBaselineOnlyWithARebuild() {
    String published = baseline(8);
    assertThat(baselines.published(view)).contains(day(7), day(8)).doesNotContain(day(9));

    arrive(List.of(event("d", 5, "10:06:00", 95), event("d", 8, "10:05:00", 95)));
    Run incremental = batch(new BatchRequest.Incremental());
    assertThat(incremental.counts().rows()).isPositive();
    assertThat(baseline(8)).isEqualTo(published);
    assertThat(rows(lake.lake().batchView(view).read(), 8)).containsExactly("d 10:00 95.0 UNUSUAL");

    batch(new BatchRequest.Rebuild("a corrected history"));
    assertThat(baseline(8)).isNotEqualTo(published);
  }

  @Test
  void aRunPublishesWhatIsMissingUnderTheCurrentDefinition() {
    lake.spark().sql("DELETE FROM " + table());
    assertThat(baselines.published(view)).isEmpty();

    batch(new BatchRequest.Incremental());
    assertThat(baselines.published(view)).containsExactlyInAnyOrder(day(7), day(8));

    // The definition is a partition column.
    lake.spark().sql("UPDATE %s SET definition = 'another'".formatted(table()));
    arrive(List.of(event("d", 8, "10:05:00", 95)));
    assertThat(baselines.published(view)).isEmpty();
    assertThat(baselines.of(view, Set.of(day(8))).count()).isZero();
    batch(new BatchRequest.Incremental());
    assertThat(baselines.published(view)).contains(day(8));
    assertThat(rows(lake.lake().batchView(view).read(), 8)).containsExactly("d 10:00 95.0 UNUSUAL");
  }

  private String table() {
    return "delta.`%s/serving/baseline`".formatted(lake.lake().root());
  }

  private Run batch(BatchRequest request) {
    return batch(lake, request);
  }

  private static Run batch(TestLake lake, BatchRequest request) {
    return new BatchJob(
            lake.spark(),
            lake.settings(),
            Clock.fixed(Instant.parse("2026-02-01T00:00:00Z"), ZoneOffset.UTC))
        .run(lake.view("v"), request);
  }

  private void arrive(List<String> bodies) {
    lake.arrive(bodies.toArray(String[]::new));
  }

  private static String event(String device, int day, String time, double value) {
    return Records.event("" + events++, device, "%sT%sZ".formatted(day(day), time), value);
  }

  private static LocalDate day(int day) {
    return FIRST.plusDays(day);
  }

  private String baseline(int day) {
    return baselines
        .of(view, Set.of(day(day)))
        .select(Baseline.VALID_ON, "keys", "hour", "measures")
        .collectAsList()
        .toString();
  }

  private static List<String> rows(Dataset<Row> rows, int day) {
    return described(rows, day, "avg_temperature || ' ' || level");
  }

  private static List<String> judgements(Dataset<Row> rows, int day) {
    return described(
        rows,
        day,
        "level || ' against ' || coalesce(avg_temperature__baseline || ' ' || avg_temperature__deviation, '-')");
  }

  private static List<String> described(Dataset<Row> rows, int day, String values) {
    return rows
        .where("event_date = DATE'%s'".formatted(day(day)))
        .selectExpr("device_id || ' ' || date_format(window_start, 'HH:mm') || ' ' || " + values)
        .collectAsList()
        .stream()
        .map(row -> row.getString(0))
        .sorted()
        .toList();
  }
}
