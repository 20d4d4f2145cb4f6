package common.metrics;

import static org.apache.spark.sql.functions.udaf;
import static org.apache.spark.sql.functions.udf;

import java.io.Externalizable;
import java.io.IOException;
import java.io.ObjectInput;
import java.io.ObjectOutput;
import org.apache.datasketches.kll.KllDoublesSketch;
import org.apache.datasketches.memory.Memory;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.api.java.UDF2;
import org.apache.spark.sql.expressions.Aggregator;
import org.apache.spark.sql.types.DataTypes;

/**
 * A mergeable median: a KLL quantile sketch (Karnin, Lang, Liberty 2016), which Spark 3.5 bundles
 * but does not expose as a function. Stored in the library's binary format; null if there is no
 * value.
 */
public final class MedianSketch implements Externalizable {
  private static final int K = 1024;

  static final double RANK_ERROR = KllDoublesSketch.getNormalizedRankError(K, false);

  static final String ERROR_BOUND =
      "exact up to %,d values per window, then rank error %.2f %% with 99 %% confidence (KLL)"
          .formatted(K, 100 * RANK_ERROR);

  private static final long serialVersionUID = 1L;

  private KllDoublesSketch sketch = KllDoublesSketch.newHeapInstance(K);

  /** For deserialisation. */
  public MedianSketch() {}

  static Column of(Column value) {
    return udaf(new OfValues(), Encoders.DOUBLE()).apply(value);
  }

  static Column union(Column sketches) {
    return udaf(new OfSketches(), Encoders.BINARY()).apply(sketches);
  }

  static Column median(Column sketch) {
    UDF1<byte[], Double> median = MedianSketch::median;
    return udf(median, DataTypes.DoubleType).apply(sketch);
  }

  /** The distance of a value's rank from the middle, from 0 (a median) to 0.5. */
  static Column rankDistance(Column sketch, Column value) {
    UDF2<byte[], Double, Double> distance = MedianSketch::rankDistance;
    return udf(distance, DataTypes.DoubleType).apply(sketch, value);
  }

  private static Double rankDistance(byte[] bytes, Double value) {
    if (bytes == null || value == null) {
      return null;
    }

    KllDoublesSketch sketch = KllDoublesSketch.heapify(Memory.wrap(bytes));
    // getRank returns the fraction of values below the given value.
    double below = sketch.getRank(value);
    double upTo = sketch.getRank(Math.nextUp(value));
    return Math.max(0, Math.max(below - 0.5, 0.5 - upTo));
  }

  private static Double median(byte[] bytes) {
    return bytes == null ? null : KllDoublesSketch.heapify(Memory.wrap(bytes)).getQuantile(0.5);
  }

  private byte[] bytes() {
    return sketch.isEmpty() ? null : sketch.toByteArray();
  }

  @Override
  public void writeExternal(ObjectOutput out) throws IOException {
    byte[] bytes = sketch.toByteArray();
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  @Override
  public void readExternal(ObjectInput in) throws IOException {
    byte[] bytes = new byte[in.readInt()];
    in.readFully(bytes);
    sketch = KllDoublesSketch.heapify(Memory.wrap(bytes));
  }

  /** Base of both aggregators, which differ only in their input. */
  private abstract static class Union<T> extends Aggregator<T, MedianSketch, byte[]> {
    @Override
    public MedianSketch zero() {
      return new MedianSketch();
    }

    @Override
    public MedianSketch merge(MedianSketch left, MedianSketch right) {
      left.sketch.merge(right.sketch);
      return left;
    }

    @Override
    public byte[] finish(MedianSketch buffer) {
      return buffer.bytes();
    }

    @Override
    public Encoder<MedianSketch> bufferEncoder() {
      return Encoders.javaSerialization(MedianSketch.class);
    }

    @Override
    public Encoder<byte[]> outputEncoder() {
      return Encoders.BINARY();
    }
  }

  private static final class OfValues extends Union<Double> {
    @Override
    public MedianSketch reduce(MedianSketch buffer, Double value) {
      if (value != null) {
        buffer.sketch.update(value);
      }

      return buffer;
    }
  }

  private static final class OfSketches extends Union<byte[]> {
    @Override
    public MedianSketch reduce(MedianSketch buffer, byte[] sketch) {
      if (sketch != null) {
        buffer.sketch.merge(KllDoublesSketch.heapify(Memory.wrap(sketch)));
      }

      return buffer;
    }
  }
}
