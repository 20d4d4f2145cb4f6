package common.lake;

import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.data.Row;
import io.delta.kernel.internal.util.VectorUtils;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Turns Delta Kernel's rows into Spark's, with the values that Spark's own rows have: java.time for
 * times and dates, Scala's collections for arrays and maps.
 *
 * @param schema of the rows
 */
record RowConversion(StructType schema) {
  org.apache.spark.sql.Row converted(Row row) {
    return converted(row, schema);
  }

  private static org.apache.spark.sql.Row converted(Row row, StructType schema) {
    Object[] values =
        IntStream.range(0, schema.length())
            .mapToObj(i -> row.isNullAt(i) ? null : value(row, i, schema.apply(i).dataType()))
            .toArray();
    return new GenericRowWithSchema(values, schema);
  }

  private static Object value(Row row, int at, DataType type) {
    return switch (type.typeName()) {
      case "string" -> row.getString(at);
      case "long" -> row.getLong(at);
      case "integer" -> row.getInt(at);
      case "double" -> row.getDouble(at);
      case "boolean" -> row.getBoolean(at);
      case "timestamp" -> instant(row.getLong(at));
      case "date" -> LocalDate.ofEpochDay(row.getInt(at));
      case "array" -> array(row.getArray(at), (ArrayType) type);
      case "map" -> map(row.getMap(at), (MapType) type);
      case "struct" -> converted(row.getStruct(at), (StructType) type);
      default -> throw unknown(type);
    };
  }

  private static Object array(ArrayValue array, ArrayType type) {
    List<Object> elements = new ArrayList<>();
    VectorUtils.toJavaList(array)
        .forEach(value -> elements.add(element(value, type.elementType())));
    return CollectionConverters.asScala(elements).toSeq();
  }

  private static Object map(MapValue map, MapType type) {
    Map<Object, Object> entries = new HashMap<>();
    VectorUtils.toJavaMap(map)
        .forEach(
            (key, value) ->
                entries.put(element(key, type.keyType()), element(value, type.valueType())));
    return CollectionConverters.asScala(entries);
  }

  private static Object element(Object value, DataType type) {
    if (value == null) {
      return null;
    }

    return switch (type.typeName()) {
      case "string", "long", "integer", "double", "boolean" -> value;
      case "timestamp" -> instant((Long) value);
      case "date" -> LocalDate.ofEpochDay((Integer) value);
      case "struct" -> converted((Row) value, (StructType) type);
      default -> throw unknown(type);
    };
  }

  private static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000), Math.floorMod(micros, 1_000_000) * 1_000L);
  }

  private static IllegalArgumentException unknown(DataType type) {
    return new IllegalArgumentException("No small table has a column of type " + type.typeName());
  }
}
