package common.metrics;

import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.typesafe.config.ConfigFactory;
import common.event.EventSchema;
import common.settings.Views;
import java.math.BigDecimal;
import java.sql.Date;
import java.sql.Timestamp;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import testing.TestSpark;

/**
 * Laws of the measures: for every split of the events into parts, merging the parts' partials
 * equals a single pass. Each try checks many devices at once, each with its own split.
 */
class MetricsLawsTest {
  private static final int PARTS = 4;
  private static final long START = Instant.parse("2026-01-31T10:00:00Z").getEpochSecond();

  private static final View VIEW =
      new Views(
              ConfigFactory.parseString(
                  """
                  law {
                    keys = [device_id], window = 1 minute
                    measures = [
                      { name = n, kind = count }
                      { name = users, kind = count, of = user_id }
                      { name = logins, kind = count-if, where = "event_type = 'login'" }
                      { name = total, kind = sum, of = temperature }
                      { name = money, kind = sum, of = revenue }
                      { name = least, kind = min, of = temperature }
                      { name = most, kind = max, of = temperature }
                      { name = mean, kind = average, of = temperature }
                      { name = spread, kind = stddev, of = temperature }
                      { name = middle, kind = median, of = temperature }
                      { name = different, kind = distinct, of = user_id }
                    ]
                  }"""))
          .named("law");

  record Case(double level, double scale, List<Reading> readings) {}

  record Reading(int second, int part, Double value, String user, String type, int cents) {}

  @Property(tries = 8, shrinking = ShrinkingMode.OFF)
  void mergingThePartialsOfAnySplitEqualsOnePass(@ForAll("histories") List<Case> cases) {
    Dataset<Row> events = events(cases);
    Dataset<Row> partials =
        IntStream.range(0, PARTS)
            .mapToObj(part -> events.where(col("part").equalTo(part)))
            .map(part -> Metrics.aggregate(part, VIEW))
            .reduce(Dataset::unionByName)
            .orElseThrow();

    Dataset<Row> whole = Metrics.aggregate(events, VIEW);
    Dataset<Row> merged = Metrics.merge(partials, VIEW);

    assertThat(merged.schema().simpleString()).isEqualTo(whole.schema().simpleString());
    Map<List<Object>, Row> expected = byWindow(whole);
    Map<List<Object>, Row> actual = byWindow(merged);
    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((window, row) -> assertSame(window, row, actual.get(window)));
  }

  @Property(tries = 4, shrinking = ShrinkingMode.OFF)
  void rollingMinutesUpToHoursEqualsOnePassOverHours(@ForAll("histories") List<Case> cases) {
    View hours =
        new View(
            "hours",
            VIEW.keys(),
            new Window.Tumbling(java.time.Duration.ofHours(1)),
            VIEW.measures(),
            VIEW.clusterBy());
    Dataset<Row> events = events(cases);

    Map<List<Object>, Row> expected = byWindow(Metrics.aggregate(events, hours));
    Map<List<Object>, Row> actual = byWindow(Metrics.merge(Metrics.aggregate(events, VIEW), hours));

    assertThat(actual.keySet()).isEqualTo(expected.keySet());
    expected.forEach((window, row) -> assertSame(window, row, actual.get(window)));
  }

  private static void assertSame(List<Object> window, Row one, Row merged) {
    for (String exact : List.of("n", "users", "logins", "money", "least", "most", "different")) {
      assertThat(merged.<Object>getAs(exact))
          .as("%s of %s", exact, window)
          .isEqualTo(one.getAs(exact));
    }

    for (String sum : List.of("total", "mean", "spread")) {
      assertClose(sum + " of " + window, one, merged, sum);
    }

    Double middle = one.getAs("middle");
    Double sketched = merged.getAs("middle");
    if (middle == null) {
      assertThat(sketched).isNull();
    } else {
      // A sketch of few values holds all of them, and returns the lower or the upper middle value.
      assertThat(sketched).isBetween(one.<Double>getAs("least"), one.<Double>getAs("most"));
      long values = one.<Long>getAs("mean__count");
      if (values % 2 == 1) {
        assertThat(sketched).isEqualTo(middle);
      }
    }
  }

  /**
   * Asserts a match within 1e-9 of the value or, for a spread that is tiny relative to the values,
   * within the precision of doubles.
   */
  private static void assertClose(String name, Row one, Row merged, String measure) {
    Double expected = one.getAs(measure);
    Double actual = merged.getAs(measure);
    if (expected == null) {
      assertThat(actual).as(name).isNull();
      return;
    }

    double level =
        Math.max(Math.abs(one.<Double>getAs("least")), Math.abs(one.<Double>getAs("most")));
    if (Math.abs(expected - actual) > level * 1e-12) {
      assertThat(actual).as(name).isCloseTo(expected, withinPercentage(1e-7));
    } else {
      assertThat(actual).as(name).isCloseTo(expected, offset(level * 1e-12));
    }
  }

  private static Map<List<Object>, Row> byWindow(Dataset<Row> rows) {
    Map<List<Object>, Row> byWindow = new HashMap<>();
    for (Row row : rows.collectAsList()) {
      List<Object> window = List.of(row.getAs("device_id"), row.getAs(View.WINDOW_START));
      assertThat(byWindow.put(window, row)).as("second row of %s", window).isNull();
    }

    return byWindow;
  }

  private static Dataset<Row> events(List<Case> cases) {
    List<Row> rows = new ArrayList<>();
    for (int device = 0; device < cases.size(); device++) {
      for (Reading reading : cases.get(device).readings()) {
        Timestamp time = Timestamp.from(Instant.ofEpochSecond(START + reading.second()));
        Double temperature =
            reading.value() == null
                ? null
                : cases.get(device).level() + cases.get(device).scale() * reading.value();
        rows.add(
            RowFactory.create(
                null,
                "d" + device,
                time,
                Date.valueOf("2026-01-31"),
                temperature,
                null,
                reading.user(),
                reading.type(),
                null,
                BigDecimal.valueOf(reading.cents(), 2),
                reading.part()));
      }
    }

    return TestSpark.session().createDataFrame(rows, EventSchema.EVENT.add("part", "int")).cache();
  }

  @Provide
  Arbitrary<List<Case>> histories() {
    Arbitrary<Reading> reading =
        Combinators.combine(
                Arbitraries.integers().between(0, 150),
                Arbitraries.integers().between(0, PARTS - 1),
                Arbitraries.doubles().between(-1, 1).injectNull(0.2),
                Arbitraries.of("u1", "u2", "u3", "u4").injectNull(0.2),
                Arbitraries.of("login", "transaction").injectNull(0.2),
                Arbitraries.integers().between(-100_000, 100_000))
            .as(Reading::new);
    return Combinators.combine(
            Arbitraries.of(0.0, 70.0, -1e3, 1e9),
            Arbitraries.of(1.0, 1e-3, 1e6),
            reading.list().ofMinSize(1).ofMaxSize(12))
        .as(Case::new)
        .list()
        .ofSize(60);
  }
}
