package common.metrics;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.current_timestamp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.typesafe.config.ConfigFactory;
import common.event.Events;
import common.metrics.Baseline.History;
import common.settings.Views;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.apache.commons.math3.stat.descriptive.SummaryStatistics;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import testing.Records;
import testing.SharedData;
import testing.TestSpark;

class BaselineTest {
  private static final LocalDate FIRST = LocalDate.parse("2026-01-01");
  private static final History HISTORY = new History(5, 3);
  private static final View VIEW = view("deviates(m, 3)");

  private final List<Row> windows = new ArrayList<>();

  @Test
  void meanAndDeviationAreThoseOfTheWindowsOfThatHourOnEarlierDays() {
    SummaryStatistics expected = new SummaryStatistics();
    for (int day = 0; day < 9; day++) {
      for (int half = 0; half < 2; half++) {
        double value = 1e6 + day * day + half * 0.25;
        window("d", day, "10:%d0".formatted(3 * half), value);
        if (day >= 2 && day <= 6) {
          expected.addValue(value);
        }
      }

      window("d", day, "11:00", -day);
      window("other", day, "10:00", 7);
    }

    List<Row> found =
        baselines(FIRST.plusDays(8)).where("keys[0] = 'd' AND hour = 10").collectAsList();

    assertThat(found).hasSize(1);
    Row measure = found.get(0).<String, Row>getJavaMap(3).get("m");
    assertThat(measure.getDouble(0)).isEqualTo(expected.getMean(), within(1e-6));
    assertThat(measure.getDouble(1)).isEqualTo(expected.getStandardDeviation(), within(1e-6));
    assertThat(measure.getLong(2)).isEqualTo(10);
    assertThat(measure.getInt(3)).isEqualTo(5);
  }

  @Test
  void tooFewDaysGiveNoBaselineAndNoLevel() {
    window("two-days", 0, "10:00", 20);
    window("two-days", 0, "10:30", 21);
    window("two-days", 1, "10:00", 20);
    for (int day = 0; day < 3; day++) {
      window("three-days", day, "10:00", 20 + day);
    }
    window("two-days", 4, "10:00", 90);
    window("three-days", 4, "10:00", 90);

    assertThat(levels(VIEW, FIRST.plusDays(4)))
        .containsExactly(
            "three-days 10:00 UNUSUAL from 21.0 +- 1.0", "two-days 10:00 OK from null +- null");
  }

  @Test
  void oneWindowGivesNoBaseline() {
    window("one", 0, "10:00", 20);
    window("two", 0, "10:00", 20);
    window("two", 0, "10:30", 22);

    assertThat(
            Baseline.of(rows(VIEW), VIEW, Set.of(FIRST.plusDays(2)), new History(5, 1))
                .select("keys")
                .as(Encoders.row(new StructType().add("keys", "array<string>")))
                .collectAsList())
        .extracting(row -> row.<String>getList(0).get(0))
        .containsExactly("two");
  }

  /** Each day has the days that it would have if it were computed alone. */
  @Test
  void theBaselinesOfSeveralDaysAreThoseOfEachDay() {
    for (int day = 0; day < 10; day++) {
      window("d", day, "10:00", day * day);
    }
    LocalDate eighth = FIRST.plusDays(8);
    LocalDate ninth = FIRST.plusDays(9);

    List<String> together =
        Baseline.of(rows(VIEW), VIEW, Set.of(eighth, ninth), HISTORY).toJSON().collectAsList();

    assertThat(together)
        .containsExactlyInAnyOrder(
            baselines(eighth).toJSON().first(), baselines(ninth).toJSON().first());
  }

  @Test
  void aRowIsComparedWithTheBaselineOfItsDay() {
    for (int day = 0; day < 4; day++) {
      window("d", day, "10:00", 20 + day);
    }
    window("d", 5, "10:00", 20);
    LocalDate day = FIRST.plusDays(5);
    Dataset<Row> published = Baseline.of(rows(VIEW), VIEW, Set.of(day, day.minusDays(1)), HISTORY);

    assertThat(
            Baseline.judged(rows(VIEW).where(Dates.of(Set.of(day)).holds()), VIEW, published)
                .select("m__baseline")
                .as(Encoders.DOUBLE())
                .collectAsList())
        .containsExactly(21.5);
  }

  @Test
  void aDeviationCountsAsAtLeastTheFloor() {
    for (int day = 0; day < 4; day++) {
      window("d", day, "10:00", 20);
    }
    window("d", 5, "10:00", 21.4);
    window("d", 5, "10:30", 21.6);
    window("d", 5, "11:00", 99);

    assertThat(levels(view("deviates(m, 3, 0.5)"), FIRST.plusDays(5)))
        .containsExactly(
            "d 10:00 OK from 20.0 +- 0.0",
            "d 10:30 UNUSUAL from 20.0 +- 0.0",
            "d 11:00 OK from null +- null");
    assertThat(levels(view("m > 50 OR deviates(m, 3, 5)"), FIRST.plusDays(5)))
        .containsExactly(
            "d 10:00 OK from 20.0 +- 0.0",
            "d 10:30 OK from 20.0 +- 0.0",
            "d 11:00 UNUSUAL from null +- null");
  }

  /** The figures were computed without Spark; decisions/0011 compares them with other rules. */
  @Test
  void onABenchmarkSeriesMostDeviationsAreInsideTheLabelledAnomalies() throws Exception {
    ObjectMapper json = new ObjectMapper();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(
                new GZIPInputStream(
                    Files.newInputStream(SharedData.path("ambient/events.jsonl.gz"))),
                UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode event = json.readTree(line);
        window(
            "office",
            Instant.parse(event.path("eventTimestamp").asText()),
            event.path("temperature").asDouble());
      }
    }

    View view = view("deviates(m, 4, 0.5)");
    Set<LocalDate> days =
        LocalDate.parse("2013-07-04")
            .datesUntil(LocalDate.parse("2014-05-29"))
            .collect(Collectors.toSet());
    List<Instant> flagged =
        Baseline.judged(rows(view), view, Baseline.of(rows(view), view, days, new History(56, 6)))
            .where("level = 'UNUSUAL'")
            .select(View.WINDOW_START)
            .as(Encoders.INSTANT())
            .collectAsList();

    long first = between(flagged, "2013-12-15T07:00:00Z", "2013-12-30T09:00:00Z");
    long second = between(flagged, "2014-03-29T15:00:00Z", "2014-04-20T22:00:00Z");
    assertThat(flagged).hasSize(42);
    assertThat(first + second).isEqualTo(35);
    assertThat(first).isPositive();
    assertThat(second).isPositive();
  }

  private static long between(List<Instant> times, String from, String to) {
    return times.stream()
        .filter(time -> !time.isBefore(Instant.parse(from)) && !time.isAfter(Instant.parse(to)))
        .count();
  }

  /** The computed mean of equal values may differ from the values. */
  @Test
  void aConstantThatRoundsDoesNotDeviateFromItself() {
    for (int day = 0; day < 4; day++) {
      window("d", day, "10:00", 89.56);
      window("d", day, "10:30", 89.56);
    }
    window("d", 5, "10:00", 89.56);
    window("d", 5, "10:30", 89.57);

    assertThat(levels(VIEW, FIRST.plusDays(5)))
        .extracting(row -> row.substring(0, 10))
        .containsExactly("d 10:00 OK", "d 10:30 UN");
  }

  @Test
  void aBaselineThatOnlyAClearConditionNeedsIsPartOfTheDefinition() {
    Levels.Rule plain = new Levels.Rule("A", "m > 1", Severity.info, Optional.empty());
    Levels.Rule clear =
        new Levels.Rule("A", "m > 1", Severity.info, Optional.of("NOT deviates(m, 2)"));

    assertThat(definition(clear)).isNotEqualTo(definition(plain)).contains("baselines of m");
  }

  private static String definition(Levels.Rule rule) {
    return new Levels("l", "OK", List.of(rule), null).definition();
  }

  @Test
  void withoutBaselinesNoRowDeviates() {
    Dataset<Row> rows =
        Metrics.aggregate(
            Events.accepted(
                Events.parse(
                    Records.dataset(Records.event("1", "d", "2026-01-01T10:05:00Z", 20)),
                    Duration.ofDays(3650),
                    current_timestamp())),
            VIEW);

    assertThat(rows.columns()).containsExactly(Metrics.columns(VIEW).toArray(String[]::new));
    assertThat(rows.first().<Object>getAs("level")).isEqualTo("OK");
    assertThat(rows.first().<Object>getAs("m__baseline")).isNull();
  }

  private List<String> levels(View view, LocalDate day) {
    Dataset<Row> judged =
        Baseline.judged(
            rows(view).where(Dates.of(Set.of(day)).holds()), view, baselines(view, day));
    assertThat(judged.columns()).containsExactly(Metrics.columns(view).toArray(String[]::new));
    return judged.collectAsList().stream()
        .map(
            row ->
                "%s %s %s from %s +- %s"
                    .formatted(
                        row.getAs("device_id"),
                        row.getAs("window_start").toString().substring(11, 16),
                        row.getAs("level"),
                        row.getAs("m__baseline"),
                        row.getAs("m__deviation")))
        .sorted()
        .toList();
  }

  private Dataset<Row> baselines(LocalDate day) {
    return baselines(VIEW, day);
  }

  private Dataset<Row> baselines(View view, LocalDate day) {
    return Baseline.of(rows(view), view, Set.of(day), HISTORY);
  }

  private Dataset<Row> rows(View view) {
    StructType schema = Metrics.schema(TestSpark.session(), view);
    assertThat(schema.fieldNames())
        .containsExactly(
            "device_id",
            "window_start",
            "window_end",
            "event_date",
            "m",
            "level",
            "m__baseline",
            "m__deviation");
    return TestSpark.session().createDataFrame(windows, schema);
  }

  /** The row of a window of half an hour. */
  private void window(String device, int day, String start, double value) {
    window(device, Instant.parse("%sT%s:00Z".formatted(FIRST.plusDays(day), start)), value);
  }

  private void window(String device, Instant start, double value) {
    LocalDate date = LocalDate.ofInstant(start, ZoneOffset.UTC);
    windows.add(
        RowFactory.create(device, start, start.plusSeconds(1800), date, value, "OK", null, null));
  }

  private static View view(String condition) {
    return new Views(
            ConfigFactory.parseString(
                """
                v {
                  keys = [device_id], window = 30 minutes
                  measures = [{ name = m, kind = max, of = temperature }]
                  levels {
                    column = level, otherwise = OK
                    rules = [{ level = UNUSUAL, when = "CONDITION", severity = info }]
                  }
                }"""
                    .replace("CONDITION", condition)))
        .named("v");
  }
}
