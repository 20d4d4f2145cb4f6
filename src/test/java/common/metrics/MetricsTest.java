package common.metrics;

import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.typesafe.config.ConfigFactory;
import common.event.Events;
import common.settings.Views;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import testing.Records;
import testing.TestSpark;

class MetricsTest {
  private static final Views VIEWS = TestSpark.settings(java.util.Map.of()).views();

  @Test
  void aDayOfADeviceIsMeasured() {
    Row row =
        only(
            Metrics.aggregate(
                events(
                    Records.event("1", "d", "2026-01-31T00:00:00Z", 10),
                    Records.event("2", "d", "2026-01-31T23:59:59Z", 30),
                    Records.event("3", "d", "2026-01-31T12:00:00Z", 20),
                    Records.event("4", "d", "2026-01-31T12:00:00Z", 24),
                    "{\"deviceId\":\"d\",\"eventTimestamp\":\"2026-01-31T13:00:00Z\",\"userId\":\"u\"}"),
                VIEWS.named("device_daily_metrics")));

    assertThat(row.<Object>getAs("window_start")).hasToString("2026-01-31T00:00:00Z");
    assertThat(row.<Object>getAs("window_end")).hasToString("2026-02-01T00:00:00Z");
    assertThat(row.<Object>getAs("event_date")).hasToString("2026-01-31");
    assertThat(row.<Long>getAs("event_count")).isEqualTo(5);
    assertThat(row.<Double>getAs("avg_temperature")).isEqualTo(21.0);
    assertThat(row.<Double>getAs("min_temperature")).isEqualTo(10.0);
    assertThat(row.<Double>getAs("max_temperature")).isEqualTo(30.0);
    assertThat(row.<Double>getAs("median_temperature")).isEqualTo(22.0);
    assertThat(row.<Double>getAs("stddev_temperature"))
        .isCloseTo(Math.sqrt(212.0 / 3), withinPercentage(1e-9));
    assertThat(row.<Object>getAs("total_energy")).isNull();
    assertThat(row.<Long>getAs("unique_users")).isEqualTo(1);
  }

  @Test
  void theFirstRuleThatHoldsGivesTheLevelAndNullHoldsNothing() {
    View view =
        leveled(
            "{ level = HOT, when = \"m > 20\", severity = info }, { level = WARM, when = \"m > 10\", severity = info }");
    Dataset<Row> rows =
        Metrics.aggregate(
            events(
                Records.event("1", "hot", "2026-01-31T10:00:00Z", 30),
                Records.event("2", "warm", "2026-01-31T10:00:00Z", 15),
                Records.event("3", "cold", "2026-01-31T10:00:00Z", 5),
                "{\"deviceId\":\"none\",\"eventTimestamp\":\"2026-01-31T10:00:00Z\"}"),
            view);

    assertThat(rows.columns()).containsExactly(Metrics.columns(view).toArray(String[]::new));
    assertThat(levels(rows)).containsExactly("cold=OK", "hot=HOT", "none=OK", "warm=WARM");
    assertThat(levels(Metrics.merge(rows, view)))
        .containsExactly("cold=OK", "hot=HOT", "none=OK", "warm=WARM");
  }

  @Test
  void aRuleIsPartOfTheDefinitionAndASeverityIsNot() {
    View view = leveled("{ level = HOT, when = \"m > 20\", severity = info }");

    assertThat(leveled("{ level = HOT, when = \"m > 20\", severity = critical }").definition())
        .isEqualTo(view.definition());
    assertThat(leveled("{ level = HOT, when = \"m > 21\", severity = info }").definition())
        .isNotEqualTo(view.definition());
  }

  private static View leveled(String rules) {
    return new Views(
            ConfigFactory.parseString(
                """
                v {
                  keys = [device_id], window = 1 minute
                  measures = [{ name = m, kind = average, of = temperature }]
                  levels { column = level, otherwise = OK, rules = [RULES] }
                }"""
                    .replace("RULES", rules)))
        .named("v");
  }

  private static List<String> levels(Dataset<Row> rows) {
    return rows.collectAsList().stream()
        .map(row -> row.getAs("device_id") + "=" + row.getAs("level"))
        .sorted()
        .toList();
  }

  @Test
  void windowsAreHalfOpen() {
    Dataset<Row> rows =
        Metrics.aggregate(
            events(
                Records.event("1", "d", "2026-01-31T10:00:59.999999Z", 1),
                Records.event("2", "d", "2026-01-31T10:01:00Z", 2)),
            VIEWS.named("device_metrics"));

    assertThat(starts(rows))
        .containsExactlyInAnyOrder("2026-01-31T10:00:00Z", "2026-01-31T10:01:00Z");
  }

  @Test
  void anEventWithoutAKeyIsNotPartOfTheView() {
    Dataset<Row> events = events(Records.event("1", "d", "2026-01-31T10:00:00Z", 1));

    assertThat(Metrics.aggregate(events, VIEWS.named("user_activity_summary")).count()).isZero();
  }

  @Test
  void aHoppingWindowHoldsEachEventOnceASlide() {
    View view = view("window { size = 10 minutes, slide = 5 minutes }");

    Dataset<Row> rows =
        Metrics.aggregate(events(Records.event("1", "d", "2026-01-31T10:07:00Z", 1)), view);

    assertThat(starts(rows))
        .containsExactlyInAnyOrder("2026-01-31T10:00:00Z", "2026-01-31T10:05:00Z");
  }

  @Test
  void aSessionEndsWhenNoEventComesForTheGap() {
    View view = view("window { session-gap = 10 minutes }");

    Dataset<Row> rows =
        Metrics.aggregate(
            events(
                Records.event("1", "d", "2026-01-31T10:00:00Z", 1),
                Records.event("2", "d", "2026-01-31T10:09:00Z", 1),
                Records.event("3", "d", "2026-01-31T10:20:00Z", 1)),
            view);

    assertThat(starts(rows))
        .containsExactlyInAnyOrder("2026-01-31T10:00:00Z", "2026-01-31T10:20:00Z");
  }

  @Test
  void theRowKeyIdentifiesARowAndNeedsEveryKeyAndTheWindow() {
    View view =
        new Views(
                ConfigFactory.parseString(
                    """
                    v { keys = [device_id, event_type], window { size = 10 minutes, slide = 5 minutes },
                      measures = [{ name = n, kind = count }] }"""))
            .named("v");
    String template = "{\"eventTimestamp\":\"%s\",\"deviceId\":\"%s\",\"eventType\":\"%s\"}";
    String[] bodies =
        Stream.of("2026-01-30T23:58:00Z", "2026-01-31T10:00:00Z")
            .flatMap(
                time ->
                    Stream.of("d", "e")
                        .flatMap(
                            device ->
                                Stream.of("login", "logout")
                                    .map(type -> template.formatted(time, device, type))))
            .toArray(String[]::new);

    Dataset<Row> rows = Metrics.aggregate(events(bodies), view).cache();

    assertThat(view.rowKey())
        .containsExactly("device_id", "event_type", View.EVENT_DATE, View.WINDOW_START);
    assertThat(distinct(rows, view.rowKey())).isEqualTo(16).isEqualTo(rows.count());
    for (String needed : List.of("device_id", "event_type", View.WINDOW_START)) {
      List<String> less = view.rowKey().stream().filter(column -> !column.equals(needed)).toList();
      assertThat(distinct(rows, less)).as("without " + needed).isLessThan(16);
    }

    rows.unpersist();
  }

  @Test
  void beyondItsBoundNoSketchErrs() {
    int values = 20_000;
    View view =
        new Views(
                ConfigFactory.parseString(
                    """
                    v { keys = [device_id], window = 1 day, measures = [
                      { name = middle, kind = median, of = temperature }
                      { name = different, kind = distinct, of = event_id } ] }"""))
            .named("v");
    Dataset<Row> events =
        events(
            IntStream.range(0, values)
                .mapToObj(i -> Records.event("id" + i, "d", "2026-01-31T10:00:00Z", i))
                .toArray(String[]::new));

    Row exact = only(Metrics.aggregate(events, view));
    Row sketched = only(Metrics.merge(Metrics.aggregate(events, view), view));

    assertThat(exact.<Double>getAs("middle")).isEqualTo((values - 1) / 2.0);
    assertThat(exact.<Long>getAs("different")).isEqualTo(values);
    assertThat(sketched.<Double>getAs("middle")).isCloseTo(values / 2.0, withinPercentage(1));
    assertThat(sketched.<Long>getAs("different")).isCloseTo(values, withinPercentage(5));
    assertThat(MeasureKind.MEDIAN.errorBound()).isPresent();
    assertThat(MeasureKind.DISTINCT.errorBound()).isPresent();
  }

  private static long distinct(Dataset<Row> rows, List<String> columns) {
    return rows.select(columns.stream().map(functions::col).toArray(Column[]::new))
        .distinct()
        .count();
  }

  private static List<String> starts(Dataset<Row> rows) {
    return rows.collectAsList().stream()
        .map(row -> row.getAs(View.WINDOW_START).toString())
        .toList();
  }

  private static View view(String window) {
    return new Views(
            ConfigFactory.parseString(
                "v { keys = [device_id], "
                    + window
                    + ", measures = [{ name = n, kind = count }] }"))
        .named("v");
  }

  private static Dataset<Row> events(String... bodies) {
    return Events.accepted(
        Events.parse(
            Records.dataset(bodies), Duration.ZERO, lit(Instant.parse("2026-12-31T00:00:00Z"))));
  }

  private static Row only(Dataset<Row> rows) {
    List<Row> all = rows.collectAsList();
    assertThat(all).hasSize(1);
    return all.get(0);
  }
}
