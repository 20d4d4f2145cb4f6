package serving.sql.databricks;

import static org.apache.spark.sql.functions.current_timestamp;
import static org.apache.spark.sql.functions.lit;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import common.event.EventSchema;
import common.metrics.Metrics;
import common.metrics.View;
import common.metrics.Window;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import serving.sql.Dialect;
import testing.MeasuredViews;
import testing.TestLake;

/**
 * Evaluates the expressions of metric views in Spark over rows that the shared aggregation has
 * computed, grouped as a query might, and compares the results with those computed directly from
 * the events.
 */
class MetricViewTest {
  private static final TestLake LAKE = new TestLake(Path.of("target/no-lake"));

  private static final Map<Window, Dataset<Row>> ROWS = new HashMap<>();
  private static final Pattern SELECTED = Pattern.compile("b\\.`([^`]+)`");

  /** The measures computed from events; a median has a value for single rows only. */
  private static final Map<String, String> TRUTH =
      Map.of(
          "events", "count(1)",
          "hot", "count_if(temperature > 20)",
          "total", "sum(revenue)",
          "lowest", "min(temperature)",
          "any_hot", "max(temperature > 20)",
          "average", "avg(temperature)",
          "average_revenue", "avg(cast(revenue as double))",
          "deviation", "stddev(temperature)",
          "users", "count(distinct user_id)");

  @BeforeAll
  static void someEvents() {
    Random random = new Random(1);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      Instant time = Instant.parse("2026-01-30T22:00:00Z").plusSeconds(random.nextInt(4 * 3600));
      rows.add(
          RowFactory.create(
              "e" + i,
              "d" + random.nextInt(3),
              time,
              LocalDate.ofInstant(time, ZoneOffset.UTC),
              random.nextInt(3) == 0 ? null : 20 + 10 * random.nextGaussian(),
              null,
              random.nextInt(5) == 0 ? null : "u" + random.nextInt(40),
              "t" + random.nextInt(2),
              null,
              random.nextInt(4) == 0 ? null : BigDecimal.valueOf(random.nextInt(90_000), 4)));
    }

    LAKE.spark().createDataFrame(rows, EventSchema.EVENT).createOrReplaceTempView("all_events");
  }

  static Stream<View> views() {
    return MeasuredViews.and(LAKE.settings().views().all());
  }

  @ParameterizedTest
  @MethodSource("views")
  void theStatementHoldsTheDefinition(View view) {
    String statement = metricView(view).create();
    Map<String, Object> definition = definition(view);

    assertThat(statement)
        .startsWith(
            "CREATE OR REPLACE VIEW `%s_metric_view`\nWITH METRICS\nLANGUAGE YAML\nAS $$\nversion: 1.1\n"
                .formatted(view.name()))
        .endsWith("\n$$;\n");
    assertThat(statement.split("\\$\\$", -1)).as("quoted once").hasSize(3);
    assertThat(definition)
        .containsOnlyKeys("version", "comment", "source", "dimensions", "measures")
        .containsEntry("version", 1.1);
    assertThat(entries(definition, "measures").keySet())
        .containsExactlyElementsOf(view.measureNames());
    List<String> dimensions = new ArrayList<>(view.served());
    dimensions.removeAll(view.measureNames());
    dimensions.add(View.SOURCE);
    assertThat(entries(definition, "dimensions").keySet())
        .containsExactlyInAnyOrderElementsOf(dimensions);
  }

  @ParameterizedTest
  @MethodSource("views")
  void theSourceIsAQueryWithEveryColumnThatTheExpressionsUse(View view) throws Exception {
    Map<String, Object> definition = definition(view);
    String source = (String) definition.get("source");

    assertThat(LAKE.spark().sessionState().sqlParser().parsePlan(source)).isNotNull();
    List<String> selected =
        SELECTED
            .matcher(source.lines().findFirst().orElseThrow())
            .results()
            .map(match -> match.group(1))
            .toList();
    StructType written = LAKE.lake().batchView(view).schema().add(View.SOURCE, "string");
    StructField[] columns =
        Stream.of(written.fields())
            .filter(field -> selected.contains(field.name()) || field.name().equals(View.SOURCE))
            .toArray(StructField[]::new);
    LAKE.spark()
        .createDataFrame(List.of(), new StructType(columns))
        .createOrReplaceTempView("selected");
    for (String part : List.of("dimensions", "measures")) {
      for (String expression : entries(definition, part).values()) {
        assertThat(LAKE.spark().sql("SELECT %s FROM selected".formatted(expression))).isNotNull();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "device_id", "event_date", "device_id, event_type", "event_type, event_date"})
  void measuresAreThoseOfTheEventsHoweverTheyAreGrouped(String grouping) {
    View view = MeasuredViews.of(MeasuredViews.TUMBLING);

    assertSame(
        measured(view, grouping), truth("all_events", grouping), TRUTH.keySet().stream().toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "device_id", "device_id, event_type"})
  void sessionsAddUp(String grouping) {
    View view = MeasuredViews.of(MeasuredViews.SESSION);

    assertSame(
        measured(view, grouping), truth("all_events", grouping), TRUTH.keySet().stream().toList());
  }

  @Test
  void overlappingWindowsDoNotAddUpButTheKeysOfAWindowDo() {
    View view = MeasuredViews.of(MeasuredViews.HOPPING);
    List<String> repeatable = List.of("lowest", "any_hot", "users");
    List<String> others =
        TRUTH.keySet().stream().filter(name -> !repeatable.contains(name)).toList();
    Map<List<Object>, Map<String, Object>> total = measured(view, "");

    assertSame(total, truth("all_events", ""), repeatable);
    assertThat(total.get(List.of()))
        .extractingByKeys(others.toArray(String[]::new))
        .containsOnlyNulls();
    Map<List<Object>, Map<String, Object>> byWindow = measured(view, View.WINDOW_START);
    LAKE.spark()
        .sql(
            "SELECT *, window.start AS window_start FROM (SELECT *, window(event_timestamp, '10 minutes', '5 minutes') AS window FROM all_events)")
        .createOrReplaceTempView("hopping_events");
    assertSame(
        byWindow, truth("hopping_events", View.WINDOW_START), TRUTH.keySet().stream().toList());
  }

  @Test
  void aMedianIsKnownForSingleRowsOnly() {
    View view = MeasuredViews.of(MeasuredViews.TUMBLING);

    assertThat(measured(view, "device_id").values())
        .allSatisfy(row -> assertThat(row).containsEntry("middle", null));
    assertThat(measured(view, "device_id, event_type, window_start").values())
        .anySatisfy(row -> assertThat(row.get("middle")).isNotNull());
  }

  /** Batch rows have exact counts; a sketch would only give an estimate. */
  @Test
  void aDistinctCountOfOneRowIsThatOfTheRow() {
    View view = MeasuredViews.of(MeasuredViews.TUMBLING);
    Map<List<Object>, Map<String, Object>> byRow =
        measured(
            rows(view).withColumn("users", lit(-1L)), view, "device_id, event_type, window_start");

    assertThat(byRow.values()).allSatisfy(row -> assertThat(row).containsEntry("users", -1L));
  }

  private static void assertSame(
      Map<List<Object>, Map<String, Object>> measured,
      Map<List<Object>, Map<String, Object>> truth,
      List<String> measures) {
    assertThat(measured).hasSameSizeAs(truth).isNotEmpty();
    truth.forEach(
        (group, expected) -> {
          for (String measure : measures) {
            Object value = measured.get(group).get(measure);
            if (expected.get(measure) instanceof Double number) {
              assertThat((Double) value)
                  .as("%s of %s", measure, group)
                  .isCloseTo(number, withinPercentage(1e-7));
            } else if (measure.equals("users")) {
              assertThat((Long) value)
                  .as("users of %s", group)
                  .isCloseTo((Long) expected.get(measure), withinPercentage(5));
            } else {
              assertThat(value).as("%s of %s", measure, group).isEqualTo(expected.get(measure));
            }
          }
        });
  }

  private static Map<List<Object>, Map<String, Object>> measured(View view, String grouping) {
    return measured(rows(view), view, grouping);
  }

  private static Map<List<Object>, Map<String, Object>> measured(
      Dataset<Row> rows, View view, String grouping) {
    rows.createOrReplaceTempView("unified");
    return grouped("unified", grouping, entries(definition(view), "measures"));
  }

  private static Map<List<Object>, Map<String, Object>> truth(String events, String grouping) {
    return grouped(events, grouping, TRUTH);
  }

  /** The values of expressions by group. */
  private static Map<List<Object>, Map<String, Object>> grouped(
      String table, String grouping, Map<String, String> expressions) {
    String selected =
        expressions.entrySet().stream()
            .map(measure -> measure.getValue() + " AS `" + measure.getKey() + "`")
            .collect(Collectors.joining(", "));
    String groups = grouping.isEmpty() ? "" : grouping + ", ";
    String groupBy = grouping.isEmpty() ? "" : " GROUP BY " + grouping;
    Map<List<Object>, Map<String, Object>> values = new LinkedHashMap<>();
    int keys = grouping.isEmpty() ? 0 : grouping.split(",", -1).length;
    for (Row row :
        LAKE.spark()
            .sql("SELECT %s%s FROM %s%s".formatted(groups, selected, table, groupBy))
            .collectAsList()) {
      List<Object> group = new ArrayList<>();
      for (int i = 0; i < keys; i++) {
        group.add(row.get(i));
      }

      Map<String, Object> measures = new LinkedHashMap<>();
      expressions.keySet().forEach(name -> measures.put(name, row.getAs(name)));
      values.put(group, measures);
    }

    return values;
  }

  /** Rows in the form of the unified view, computed once. */
  private static Dataset<Row> rows(View view) {
    return ROWS.computeIfAbsent(
        view.window(),
        any -> {
          Dataset<Row> rows =
              Metrics.aggregate(LAKE.spark().table("all_events"), view)
                  .withColumn(View.COMPUTED_AT, current_timestamp())
                  .withColumn(View.SOURCE, lit("batch"));
          return LAKE.spark().createDataFrame(rows.collectAsList(), rows.schema());
        });
  }

  private static MetricView metricView(View view) {
    return new MetricView(
        view,
        LAKE.lake().batchView(view).schema(),
        Dialect.Name.metric_view.over(LAKE.lake(), LAKE.settings()),
        LAKE.settings().serving().settle());
  }

  private static Map<String, Object> definition(View view) {
    return new Yaml().load(metricView(view).yaml());
  }

  /** Names and expressions of the dimensions or measures. */
  @SuppressWarnings("unchecked")
  private static Map<String, String> entries(Map<String, Object> definition, String part) {
    Map<String, String> entries = new LinkedHashMap<>();
    for (Map<String, Object> entry : (List<Map<String, Object>>) definition.get(part)) {
      assertThat(entry).containsKeys("name", "expr");
      entries.put((String) entry.get("name"), (String) entry.get("expr"));
    }

    return entries;
  }
}
