package common.metrics;

import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.typeof;
import static org.apache.spark.sql.functions.udaf;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.when;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.function.Consumer;
import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.Aggregator;
import org.apache.spark.sql.types.DataTypes;

/**
 * The distinct values of a group, as strings in UTF-8, in a hash table that is a single array.
 * Spark can shuffle and spill such a table without converting it, and finding a value compares
 * bytes; {@code collect_set} keeps an object per value instead. A group may have about 1 GB of
 * values, including their lengths.
 *
 * <pre>
 * int    number of values
 * int    number of slots, a power of two
 * int    end of the values
 * int    slots: the position of a value, or 0
 * bytes  values: length (int), then the bytes
 * </pre>
 */
final class DistinctValues {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  private static final int NUMBER = 0;
  private static final int CAPACITY = 4;
  private static final int END = 8;
  private static final int SLOTS = 12;

  private static final int FIRST_CAPACITY = 8;
  private static final int FIRST_BYTES = 64;

  private DistinctValues() {}

  /**
   * Collects the distinct values of a group; nulls are ignored. Numbers are equal if their strings
   * are, and negative zero equals zero.
   */
  static Column of(Column value) {
    Column text = value.cast("string");
    Column negativeZero = typeof(value).isin("double", "float").and(text.equalTo("-0.0"));
    return udaf(new Union(), Encoders.BINARY())
        .apply(when(negativeZero, lit("0.0")).otherwise(text).cast("binary"));
  }

  /** The number of values, bigint. */
  static Column count(Column values) {
    UDF1<byte[], Long> count = table -> (long) get(table, NUMBER);
    return udf(count, DataTypes.LongType).apply(values);
  }

  /**
   * A sketch of the values with the registers of the one that {@code hll_sketch_agg} returns.
   *
   * @param lgRegisters base-2 logarithm of the number of registers
   */
  static Column sketch(Column values, int lgRegisters) {
    UDF1<byte[], byte[]> sketch = table -> sketch(table, lgRegisters);
    return udf(sketch, DataTypes.BinaryType).apply(values);
  }

  private static byte[] sketch(byte[] table, int lgRegisters) {
    HllSketch sketch = new HllSketch(lgRegisters, TgtHllType.HLL_8);
    forEach(table, sketch::update);
    return sketch.toUpdatableByteArray();
  }

  static byte[] empty() {
    return empty(FIRST_CAPACITY, FIRST_BYTES);
  }

  /**
   * A table without values.
   *
   * @throws ArithmeticException when the table would exceed 2 GB
   */
  private static byte[] empty(int capacity, int bytes) {
    int values = Math.addExact(SLOTS, Math.multiplyExact(capacity, Integer.BYTES));
    byte[] table = new byte[Math.addExact(values, bytes)];
    set(table, CAPACITY, capacity);
    set(table, END, values);
    return table;
  }

  /** Adds a value. Modifies and returns the table, or returns a larger one if there is no room. */
  static byte[] with(byte[] table, byte[] value) {
    int slot = slot(table, value);
    if (get(table, slot) != 0) {
      return table;
    }

    int number = get(table, NUMBER) + 1;
    int position = get(table, END);
    int end = position + Integer.BYTES + value.length;
    if (2 * number > get(table, CAPACITY) || end > table.length || end < 0) {
      return with(grown(table, value.length), value);
    }

    set(table, NUMBER, number);
    set(table, END, end);
    set(table, slot, position);
    set(table, position, value.length);
    System.arraycopy(value, 0, table, position + Integer.BYTES, value.length);
    return table;
  }

  /** The slot of a value, or the free slot where it belongs. */
  private static int slot(byte[] table, byte[] value) {
    int mask = get(table, CAPACITY) - 1;
    for (int index = hash(value) & mask; ; index = (index + 1) & mask) {
      int slot = SLOTS + index * Integer.BYTES;
      int position = get(table, slot);
      if (position == 0 || holds(table, position, value)) {
        return slot;
      }
    }
  }

  private static boolean holds(byte[] table, int position, byte[] value) {
    int from = position + Integer.BYTES;
    return get(table, position) == value.length
        && Arrays.equals(table, from, from + value.length, value, 0, value.length);
  }

  private static int hash(byte[] value) {
    int hash = value.length;
    int at = 0;
    for (; at + Integer.BYTES <= value.length; at += Integer.BYTES) {
      hash = mixed(hash ^ get(value, at));
    }

    for (; at < value.length; at++) {
      hash = mixed(hash ^ value[at]);
    }

    return hash;
  }

  /** Spreads the bits; the factor is 2^32 divided by the golden ratio. */
  private static int mixed(int bits) {
    int product = bits * 0x9E3779B1;
    return product ^ (product >>> 15);
  }

  private static byte[] grown(byte[] table, int bytes) {
    int capacity = get(table, CAPACITY);
    int used = get(table, END) - SLOTS - capacity * Integer.BYTES;
    boolean full = 2 * (get(table, NUMBER) + 1) > capacity;
    byte[] larger =
        empty(
            full ? Math.multiplyExact(capacity, 2) : capacity,
            Math.addExact(Math.multiplyExact(used, 2), FIRST_BYTES + bytes));
    return union(larger, table);
  }

  /** Adds the values of another table, which is not modified, as {@link #with} does. */
  static byte[] union(byte[] table, byte[] other) {
    byte[][] whole = {table};
    forEach(other, value -> whole[0] = with(whole[0], value));
    return whole[0];
  }

  static void forEach(byte[] table, Consumer<byte[]> action) {
    int end = get(table, END);
    int position = SLOTS + get(table, CAPACITY) * Integer.BYTES;
    while (position < end) {
      int from = position + Integer.BYTES;
      position = from + get(table, position);
      action.accept(Arrays.copyOfRange(table, from, position));
    }
  }

  private static int get(byte[] table, int position) {
    return (int) INTS.get(table, position);
  }

  private static void set(byte[] table, int position, int value) {
    INTS.set(table, position, value);
  }

  private static final class Union extends Aggregator<byte[], byte[], byte[]> {
    @Override
    public byte[] zero() {
      return empty();
    }

    @Override
    public byte[] reduce(byte[] table, byte[] value) {
      return value == null ? table : with(table, value);
    }

    @Override
    public byte[] merge(byte[] left, byte[] right) {
      return left.length < right.length ? union(right, left) : union(left, right);
    }

    @Override
    public byte[] finish(byte[] table) {
      return table;
    }

    @Override
    public Encoder<byte[]> bufferEncoder() {
      return Encoders.BINARY();
    }

    @Override
    public Encoder<byte[]> outputEncoder() {
      return Encoders.BINARY();
    }
  }
}
