package common.alerts;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.map;
import static org.apache.spark.sql.functions.when;

import common.metrics.Baseline;
import common.metrics.Levels;
import common.metrics.Levels.Rule;
import common.metrics.View;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;

/**
 * The parts of a view's row that alerts need.
 *
 * @param keys values of the view's keys as text, by column
 * @param readings value of the measure that a level's rule names first, by level; without levels
 *     whose value is null or not a number
 * @param baselines the baseline mean that this measure is compared with, by level; without levels
 *     that are not compared with a baseline
 * @param cleared levels whose {@code clear} condition holds
 */
public record JudgedRow(
    Map<String, String> keys,
    Alert.Window window,
    String level,
    Map<String, Double> readings,
    Map<String, Double> baselines,
    Set<String> cleared) {
  private static final Pattern TEXT = Pattern.compile("'[^']*'");

  /** The order in which windows are evaluated. */
  public static final Comparator<JudgedRow> BY_WINDOW =
      Comparator.comparing((JudgedRow row) -> row.window().start());

  /**
   * Selects the columns that {@link #of} reads.
   *
   * @param rows rows of the view, which has levels
   */
  public static Dataset<Row> select(Dataset<Row> rows, View view) {
    Levels levels = view.levels().orElseThrow();
    Column[] keys =
        view.keys().stream()
            .flatMap(key -> Stream.of(lit(key), col(key).cast(DataTypes.StringType)))
            .toArray(Column[]::new);
    Column[] cleared = levels.rules().stream().map(JudgedRow::cleared).toArray(Column[]::new);
    return rows.select(
        map(keys).as("keys"),
        col(View.WINDOW_START),
        col(View.WINDOW_END),
        col(levels.column()).as("level"),
        byLevel(levels, rule -> col(measure(view, rule))).as("readings"),
        byLevel(levels, rule -> baseline(view, rule)).as("baselines"),
        array(cleared).as("cleared"));
  }

  private static Column byLevel(Levels levels, Function<Rule, Column> value) {
    return map(
        levels.rules().stream()
            .flatMap(
                rule -> Stream.of(lit(rule.level()), value.apply(rule).cast(DataTypes.DoubleType)))
            .toArray(Column[]::new));
  }

  private static Column baseline(View view, Rule rule) {
    String measure = measure(view, rule);
    return rule.baselineMeasures().anyMatch(measure::equals)
        ? col(Baseline.meanColumn(measure))
        : lit(null);
  }

  /** Reads a row that {@link #select} selected. */
  public static JudgedRow of(Row row) {
    return new JudgedRow(
        Map.copyOf(row.getJavaMap(0)),
        new Alert.Window(row.getInstant(1), row.getInstant(2)),
        row.getString(3),
        known(row, 4),
        known(row, 5),
        Set.copyOf(row.<String>getList(6).stream().filter(level -> level != null).toList()));
  }

  private static Map<String, Double> known(Row row, int at) {
    Map<String, Double> values = new HashMap<>(row.getJavaMap(at));
    values.values().removeIf(value -> value == null);
    return values;
  }

  /**
   * The first measure in the rule's condition; the view's first measure if the condition names
   * none.
   */
  static String measure(View view, Rule rule) {
    String condition = TEXT.matcher(rule.when()).replaceAll("''");
    List<String> measures = view.measureNames();
    return measures.stream()
        .filter(measure -> position(condition, measure).isPresent())
        .min(Comparator.comparing(measure -> position(condition, measure).orElseThrow()))
        .orElse(measures.get(0));
  }

  private static Optional<Integer> position(String condition, String measure) {
    Matcher found = Pattern.compile("\\b%s\\b".formatted(measure)).matcher(condition);
    return found.find() ? Optional.of(found.start()) : Optional.empty();
  }

  private static Column cleared(Rule rule) {
    return when(rule.cleared(), rule.level());
  }
}
