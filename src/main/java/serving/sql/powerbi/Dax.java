package serving.sql.powerbi;

import common.metrics.Measure;
import common.metrics.RollUp;
import common.metrics.View;
import common.metrics.Window;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;

/**
 * Measures in DAX over a table whose column {@link #resultColumn} has the result of each row.
 * Measures are blank over rows for which no correct value exists. Variable names begin with
 * underscores to avoid clashes with table names.
 *
 * @param table name of the table
 * @param window of the view
 */
record Dax(String table, Window window) {

  /** The column with a row's result: a measure cannot have the name of a column of its table. */
  static String resultColumn(Measure measure) {
    return measure.partName("row");
  }

  /** The roll-up that DAX can compute over several rows: DAX cannot merge sketches. */
  static RollUp rollUp(Measure measure) {
    return RollUp.of(measure).withoutSketches();
  }

  static String quotedTable(String name) {
    return "'" + name.replace("'", "''") + "'";
  }

  String column(String name) {
    return quotedTable(table) + "[" + name.replace("]", "]]") + "]";
  }

  /**
   * The expression of a measure.
   *
   * @param type data type of the measure's results
   */
  String expression(Measure measure, DataType type) {
    String value = value(measure, type);
    String start = column(View.WINDOW_START);
    return switch (rollUp(measure).rows(window)) {
      case ANY -> value;
      case ONE_WINDOW -> guarded("MIN(%1$s) = MAX(%1$s)".formatted(start), value);
      case ONE -> guarded("COUNTROWS(%s) = 1".formatted(quotedTable(table)), value);
    };
  }

  private String value(Measure measure, DataType type) {
    String result = column(resultColumn(measure));
    return switch (rollUp(measure)) {
      case SUM -> "SUM(%s)".formatted(result);
      case MIN -> extreme("MIN", result, type);
      case MAX, NONE -> extreme("MAX", result, type);
      case MEAN ->
          "DIVIDE(SUM(%s), SUM(%s))"
              .formatted(part(measure, Measure.SUM), part(measure, Measure.COUNT));
      case DEVIATION ->
          """
          VAR __count = SUM(%2$s)
          VAR __mean = DIVIDE(SUMX(%1$s, %2$s * %3$s), __count)
          VAR __squares = SUMX(%1$s, %4$s + %2$s * (%3$s - __mean) * (%3$s - __mean))
          RETURN IF(__count > 1, SQRT(DIVIDE(__squares, __count - 1)))"""
              .formatted(
                  quotedTable(table),
                  part(measure, Measure.COUNT),
                  part(measure, Measure.MEAN),
                  part(measure, Measure.SQUARES));
      case DISTINCT -> throw new IllegalStateException("Sketches cannot be merged");
    };
  }

  /** MIN and MAX do not take booleans. */
  private String extreme(String function, String column, DataType type) {
    return type.equals(DataTypes.BooleanType)
        ? """
          VAR __result = %sX(FILTER(%s, NOT ISBLANK(%s)), INT(%3$s))
          RETURN IF(NOT ISBLANK(__result), __result = 1)"""
            .formatted(function, quotedTable(table), column)
        : "%s(%s)".formatted(function, column);
  }

  private static String guarded(String condition, String value) {
    return value.contains("\n")
        ? "IF(\n  %s,\n%s\n)".formatted(condition, value.indent(2).stripTrailing())
        : "IF(%s, %s)".formatted(condition, value);
  }

  private String part(Measure measure, String suffix) {
    return column(measure.partName(suffix));
  }
}
