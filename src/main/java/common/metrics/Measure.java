package common.metrics;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.expr;

import org.apache.spark.sql.Column;

/**
 * One measure of a view.
 *
 * @param name name of its column
 * @param kind how it is computed
 * @param input SQL expression over the event's columns: the measured value, or the predicate of a
 *     count-if; {@code 1} where every event counts
 */
public record Measure(String name, MeasureKind kind, String input) {
  /** Suffixes of parts. */
  public static final String SUM = "sum";

  public static final String COUNT = "count";
  public static final String MEAN = "mean";

  /** The sum of the squared distances from the mean. */
  public static final String SQUARES = "m2";

  public static final String SKETCH = "sketch";

  String definition() {
    return "%s: %s of %s".formatted(name, kind.configName(), input);
  }

  public Column value() {
    return expr(input);
  }

  /** A part under the measure's own name, for kinds whose stored value is already the result. */
  Part result(Column partial, Column merge) {
    return new Part(name, partial, merge);
  }

  Part part(String suffix, Column partial, Column merge) {
    return new Part(partName(suffix), partial, merge);
  }

  /** The column of a part in the view's tables. */
  public String partName(String suffix) {
    return name + "__" + suffix;
  }

  /** The aggregate that merges a part. */
  Column merged(String suffix) {
    return col(partName(suffix));
  }

  /**
   * A stored, mergeable piece of a measure.
   *
   * @param name name of its column in the view's tables
   * @param partial aggregate over events
   * @param merge aggregate over rows that hold partials
   */
  record Part(String name, Column partial, Column merge) {}
}
