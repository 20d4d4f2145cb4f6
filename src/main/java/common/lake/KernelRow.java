package common.lake;

import io.delta.kernel.data.ArrayValue;
import io.delta.kernel.data.ColumnVector;
import io.delta.kernel.data.MapValue;
import io.delta.kernel.data.Row;
import io.delta.kernel.types.StructType;
import java.math.BigDecimal;

/**
 * A row for Delta Kernel to write. Values have the types that Kernel's getters return: microseconds
 * since 1970 for timestamps, days since 1970 for dates.
 */
final class KernelRow implements Row {
  private final StructType schema;
  private final Object[] values;

  KernelRow(StructType schema, Object[] values) {
    this.schema = schema;
    this.values = values;
  }

  record Elements(ColumnVector vector) implements ArrayValue {
    @Override
    public int getSize() {
      return vector.getSize();
    }

    @Override
    public ColumnVector getElements() {
      return vector;
    }
  }

  record Entries(ColumnVector keys, ColumnVector values) implements MapValue {
    @Override
    public int getSize() {
      return keys.getSize();
    }

    @Override
    public ColumnVector getKeys() {
      return keys;
    }

    @Override
    public ColumnVector getValues() {
      return values;
    }
  }

  /** The row reduced to these columns. */
  Row select(StructType columns) {
    return new KernelRow(
        columns, columns.fieldNames().stream().map(name -> values[schema.indexOf(name)]).toArray());
  }

  @Override
  public StructType getSchema() {
    return schema;
  }

  @Override
  public boolean isNullAt(int at) {
    return values[at] == null;
  }

  @Override
  public boolean getBoolean(int at) {
    return (Boolean) values[at];
  }

  @Override
  public byte getByte(int at) {
    return (Byte) values[at];
  }

  @Override
  public short getShort(int at) {
    return (Short) values[at];
  }

  @Override
  public int getInt(int at) {
    return (Integer) values[at];
  }

  @Override
  public long getLong(int at) {
    return (Long) values[at];
  }

  @Override
  public float getFloat(int at) {
    return (Float) values[at];
  }

  @Override
  public double getDouble(int at) {
    return (Double) values[at];
  }

  @Override
  public String getString(int at) {
    return (String) values[at];
  }

  @Override
  public BigDecimal getDecimal(int at) {
    return (BigDecimal) values[at];
  }

  @Override
  public byte[] getBinary(int at) {
    return (byte[]) values[at];
  }

  @Override
  public Row getStruct(int at) {
    return (Row) values[at];
  }

  @Override
  public ArrayValue getArray(int at) {
    return (ArrayValue) values[at];
  }

  @Override
  public MapValue getMap(int at) {
    return (MapValue) values[at];
  }
}
