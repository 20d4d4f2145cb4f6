package speed.sink;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat_ws;
import static org.apache.spark.sql.functions.date_format;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import common.metrics.View;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Rows of a view for stores without timestamp and date types: the served columns, with timestamps
 * as fixed-length ISO-8601 strings in UTC ({@code 2026-01-31T10:00:00.000000Z}, which sort by time)
 * and dates as {@code 2026-01-31}.
 */
public final class HotRows {
  private static final String ISO = "yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'";

  private HotRows() {}

  /**
   * The served columns.
   *
   * @param schema the schema of the view's tables
   */
  public static Column[] columns(StructType schema, View view) {
    return view.served().stream()
        .map(name -> plain(col(name), schema.apply(name).dataType()).as(name))
        .toArray(Column[]::new);
  }

  public static Column time(Column timestamp) {
    return date_format(timestamp, ISO);
  }

  private static Column plain(Column column, DataType type) {
    if (type.equals(DataTypes.TimestampType)) {
      return time(column);
    }

    return type.equals(DataTypes.DateType) ? column.cast(DataTypes.StringType) : column;
  }

  /**
   * The view's keys as one string of ASCII letters, digits and {@code -_.|}, distinct for distinct
   * keys: the keys are joined by {@code |}, and each UTF-8 byte of any other character is encoded
   * as {@code .XX}, in hexadecimal. Readers get the same text from {@link
   * common.redis.RedisKeys#encoded}.
   */
  public static Column keys(View view) {
    Column[] encoded =
        view.keys().stream()
            .map(key -> expr("url_encode(CAST(`%s` AS STRING))".formatted(key)))
            .map(HotRows::withoutPercent)
            .toArray(Column[]::new);
    return concat_ws("|", encoded);
  }

  /**
   * Replaces {@code %}, {@code +} and {@code *}, because stores treat them differently in names.
   */
  private static Column withoutPercent(Column urlEncoded) {
    Column text = replace(urlEncoded, ".", "%2E");
    text = replace(text, "+", "%20");
    text = replace(text, "*", "%2A");
    return replace(text, "%", ".");
  }

  private static Column replace(Column text, String what, String by) {
    return functions.replace(text, lit(what), lit(by));
  }
}
