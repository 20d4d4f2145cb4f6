package common.metrics;

import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;

/**
 * The anomaly levels of a view. A row has the level of the first rule that holds. The level is a
 * column of the view, so every layer, sink and SQL dialect has it.
 *
 * @param column name of the column, which is a string
 * @param otherwise the level of a row for which no rule holds
 * @param rules in order; at least one
 * @param alerting when a level becomes an alert
 */
public record Levels(String column, String otherwise, List<Rule> rules, Alerting alerting) {

  /**
   * A level and its condition.
   *
   * @param when SQL predicate over the keys, the window and the measures, and {@code
   *     deviates(measure, factor[, floor])} of the key's {@link Baseline}; null counts as false
   * @param clear SQL predicate: after a key's level returns to {@code otherwise}, an alert remains
   *     open until this predicate also holds; empty to resolve the alert immediately
   */
  public record Rule(String level, String when, Severity severity, Optional<String> clear) {
    /** Whether an open alert may be resolved, for a row without the level. */
    public Column cleared() {
      return clear
          .map(condition -> coalesce(expr(Deviation.sql(condition)), lit(false)))
          .orElse(lit(true));
    }

    /** The measures that the conditions compare with the key's baseline. */
    public Stream<String> baselineMeasures() {
      return conditions().flatMap(condition -> Deviation.measures(condition).stream());
    }

    /** Whether each {@code deviates(...)} has a measure and numbers. */
    public boolean hasValidComparisons() {
      return conditions().allMatch(Deviation::isValid);
    }

    private Stream<String> conditions() {
      return Stream.concat(Stream.of(when), clear.stream());
    }
  }

  /**
   * When a level becomes an alert.
   *
   * @param windows how many consecutive windows of a key must have the level
   * @param cooldown how long after an alert was resolved the same level of the key raises no new
   *     alert, counted from the start of the window that resolved it
   * @param on which windows are evaluated
   */
  public record Alerting(int windows, Duration cooldown, On on) {}

  /** Which windows are evaluated for alerts; named as in the configuration. */
  public enum On {
    /** Windows that the watermark has closed. */
    close,
    /** Open windows too, each time that they change. */
    update
  }

  public Levels {
    rules = List.copyOf(rules);
  }

  /**
   * The level of a row.
   *
   * @return never null
   */
  Column level() {
    Column level = lit(otherwise);
    for (int i = rules.size() - 1; i >= 0; i--) {
      level = when(expr(Deviation.sql(rules.get(i).when())), rules.get(i).level()).otherwise(level);
    }

    return level;
  }

  /**
   * The definition of the column's values. Severities and alerting do not affect rows, so they can
   * be changed without a rebuild.
   */
  String definition() {
    String levels =
        rules.stream()
            .map(rule -> "%s when %s".formatted(rule.level(), rule.when()))
            .collect(joining(", ", "level " + column + ": ", ", otherwise " + otherwise));
    String baselines =
        rules.stream().flatMap(Rule::baselineMeasures).distinct().collect(joining(", "));
    // Each measure with a baseline has additional columns, even if only a clear condition needs
    // them.
    return baselines.isEmpty() ? levels : levels + ", baselines of " + baselines;
  }
}
