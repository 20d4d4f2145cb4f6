package serving.hot;

import common.metrics.View;
import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/** Turns a window that was stored as text back into a row of the unified view. */
final class WindowRow {
  private static final String SPEED = "speed";

  private WindowRow() {}

  /**
   * The window as a row with the given columns; a column that was not stored is null.
   *
   * @param window columns as text by name, as {@code speed.sink.HotRows} writes them
   * @param columns names of the row's columns, of which {@code source} is always {@code speed}
   * @param schema types of the other columns
   * @throws IllegalArgumentException when a text cannot be converted to its column's type, or views
   *     do not support the type
   */
  static Row of(Map<String, String> window, List<String> columns, StructType schema) {
    return RowFactory.create(
        columns.stream()
            .map(
                name ->
                    name.equals(View.SOURCE)
                        ? SPEED
                        : value(window.get(name), schema.apply(name).dataType()))
            .toArray());
  }

  private static Object value(String text, DataType type) {
    if (text == null || type instanceof StringType) {
      return text;
    }

    try {
      return parsed(text, type);
    } catch (RuntimeException malformed) {
      throw new IllegalArgumentException(
          "'%s' is not a value of type %s".formatted(text, type.simpleString()), malformed);
    }
  }

  private static Object parsed(String text, DataType type) {
    if (type instanceof LongType) {
      return Long.valueOf(text);
    } else if (type instanceof DoubleType) {
      return Double.valueOf(text);
    } else if (type instanceof TimestampType) {
      return Instant.parse(text);
    } else if (type instanceof DateType) {
      return LocalDate.parse(text);
    } else if (type instanceof DecimalType decimal) {
      return new BigDecimal(text).setScale(decimal.scale());
    } else if (type instanceof IntegerType) {
      return Integer.valueOf(text);
    } else if (type instanceof FloatType) {
      return Float.valueOf(text);
    } else if (type instanceof BooleanType) {
      return Boolean.valueOf(text);
    }

    throw new IllegalArgumentException("No text form of this type is known");
  }
}
