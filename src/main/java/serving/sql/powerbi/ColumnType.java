package serving.sql.powerbi;

import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;

/**
 * The type of a column in a semantic model, in TMDL's terms.
 *
 * @param name of the type
 * @param format display format of the values; empty for the tool's default
 */
record ColumnType(String name, Optional<String> format) {
  static final ColumnType DOUBLE = new ColumnType("double", Optional.empty());
  static final ColumnType TEXT = new ColumnType("string", Optional.empty());

  /** Fixed decimals in a semantic model have 19 digits, four of them after the decimal point. */
  private static final int FIXED_SCALE = 4;

  /** The property of a column or measure, as a line of TMDL. */
  String formatString() {
    return format.map("\t\tformatString: %s\n"::formatted).orElse("");
  }

  static ColumnType of(DataType type) {
    if (type instanceof DecimalType decimal) {
      return decimal.scale() <= FIXED_SCALE ? new ColumnType("decimal", Optional.empty()) : DOUBLE;
    }

    return switch (type.typeName()) {
      case "long", "integer" -> new ColumnType("int64", Optional.of("#,0"));
      case "double" -> DOUBLE;
      case "boolean" -> new ColumnType("boolean", Optional.empty());
      case "date" -> new ColumnType("dateTime", Optional.of("yyyy-mm-dd"));
      case "timestamp" -> new ColumnType("dateTime", Optional.of("yyyy-mm-dd hh:nn:ss"));
      default -> TEXT;
    };
  }
}
