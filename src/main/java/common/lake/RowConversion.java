package common.lake;

import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.internal.data.DefaultRowBasedColumnarBatch;
import io.delta.kernel.internal.util.VectorUtils;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
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
 * Converts rows between Delta Kernel and Spark. The Spark rows created here hold the same types as
 * the rows that Spark itself returns: java.time for times and dates, Scala collections for arrays
 * and maps.
 */
final class RowConversion {
  private RowConversion() {}

  static org.apache.spark.sql.Row toSpark(Row row, StructType schema) {
    Object[] values =
        IntStream.range(0, schema.length())
            .mapToObj(i -> row.isNullAt(i) ? null : value(row, i, schema.apply(i).dataType()))
            .toArray();
    return new GenericRowWithSchema(values, schema);
  }

  static KernelRow toKernel(org.apache.spark.sql.Row row, io.delta.kernel.types.StructType schema) {
    return new KernelRow(
        schema,
        IntStream.range(0, schema.length())
            .mapToObj(i -> toKernel(row.get(i), schema.at(i).getDataType()))
            .toArray());
  }

  private static Object toKernel(Object value, io.delta.kernel.types.DataType type) {
    if (value instanceof Instant time) {
      return time.getEpochSecond() * 1_000_000 + time.getNano() / 1_000;
    } else if (value instanceof LocalDate date) {
      return Math.toIntExact(date.toEpochDay());
    } else if (value instanceof org.apache.spark.sql.Row row) {
      return toKernel(row, (io.delta.kernel.types.StructType) type);
    } else if (value instanceof scala.collection.Seq<?> elements) {
      io.delta.kernel.types.DataType element =
          ((io.delta.kernel.types.ArrayType) type).getElementType();
      return new KernelRow.Elements(vector(CollectionConverters.asJava(elements), element));
    } else if (value instanceof scala.collection.Map<?, ?> entries) {
      io.delta.kernel.types.MapType types = (io.delta.kernel.types.MapType) type;
      Map<?, ?> map = CollectionConverters.asJava(entries);
      return new KernelRow.Entries(
          vector(map.keySet(), types.getKeyType()), vector(map.values(), types.getValueType()));
    }

    return value;
  }

  private static ColumnVector vector(Collection<?> values, io.delta.kernel.types.DataType type) {
    io.delta.kernel.types.StructType column =
        new io.delta.kernel.types.StructType().add("value", type);
    List<Row> rows =
        values.stream()
            .<Row>map(value -> new KernelRow(column, new Object[] {toKernel(value, type)}))
            .toList();
    return new DefaultRowBasedColumnarBatch(column, rows).getColumnVector(0);
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
      case "struct" -> toSpark(row.getStruct(at), (StructType) type);
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
      case "struct" -> toSpark((Row) value, (StructType) type);
      default -> throw unknown(type);
    };
  }

  private static Instant instant(long micros) {
    return Instant.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000), Math.floorMod(micros, 1_000_000) * 1_000L);
  }

  private static IllegalArgumentException unknown(DataType type) {
    return new IllegalArgumentException(
        "Unsupported type in a table that is read without Spark: " + type.typeName());
  }
}
