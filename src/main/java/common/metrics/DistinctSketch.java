package common.metrics;

import static org.apache.spark.sql.functions.udf;

import org.apache.datasketches.hll.HllSketch;
import org.apache.datasketches.hll.TgtHllType;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import scala.collection.Iterator;
import scala.collection.Seq;

/** The sketch that {@code hll_sketch_agg} returns, built from an array of values. */
final class DistinctSketch {
  private DistinctSketch() {}

  /**
   * Sketches an array's elements as strings.
   *
   * @param lgRegisters base-2 logarithm of the number of registers
   */
  static Column of(Column values, int lgRegisters) {
    UDF1<Seq<String>, byte[]> sketch = strings -> sketch(strings, lgRegisters);
    return udf(sketch, DataTypes.BinaryType).apply(values.cast("array<string>"));
  }

  private static byte[] sketch(Seq<String> values, int lgRegisters) {
    HllSketch sketch = new HllSketch(lgRegisters, TgtHllType.HLL_8);
    for (Iterator<String> all = values.iterator(); all.hasNext(); ) {
      sketch.update(all.next());
    }

    return sketch.toUpdatableByteArray();
  }
}
