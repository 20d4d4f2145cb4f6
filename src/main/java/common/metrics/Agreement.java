package common.metrics;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.array_max;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;

/**
 * Measures how far two rows of the same window differ, relative to the larger value. The difference
 * of a median is the distance of its rank from the middle.
 */
public final class Agreement {
  private static final double NOT_COMPARABLE = Double.POSITIVE_INFINITY;

  private final View view;
  private final StructType schema;
  private final double tolerance;

  /**
   * Compares rows of a view.
   *
   * @param schema of the view's tables
   * @param tolerance for measures that are exact on both sides
   */
  public Agreement(View view, StructType schema, double tolerance) {
    this.view = view;
    this.schema = schema;
    this.tolerance = tolerance;
  }

  /** The largest difference that still counts as agreement. */
  public double limit(Measure measure) {
    return measure.kind().errorLimit().orElse(tolerance);
  }

  /**
   * The difference of a measure: 0 if both values are the same or null, infinite if only one value
   * is null or the values are not numbers.
   *
   * @param exact struct column with the exact row
   * @param other struct column with the row that is compared with it
   */
  public Column difference(Measure measure, String exact, String other) {
    Column left = col(exact + "." + measure.name());
    Column right = col(other + "." + measure.name());
    boolean number = schema.apply(measure.name()).dataType() instanceof NumericType;
    Column apart = number ? measure.kind().difference(measure, exact, other) : lit(NOT_COMPARABLE);
    return when(left.eqNullSafe(right), lit(0.0))
        .when(left.isNull().or(right.isNull()), lit(NOT_COMPARABLE))
        .otherwise(coalesce(apart, lit(NOT_COMPARABLE)));
  }

  /** Whether the rows agree in every measure; two missing rows agree. */
  public Column holds(String exact, String other) {
    Column[] beyond =
        view.measures().stream()
            .map(measure -> difference(measure, exact, other).gt(limit(measure)))
            .toArray(Column[]::new);
    Column missing = col(exact).isNull().or(col(other).isNull());
    return when(missing, col(exact).isNull().and(col(other).isNull()))
        .otherwise(array_max(array(beyond)).unary_$bang());
  }
}
