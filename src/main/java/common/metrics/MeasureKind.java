package common.metrics;

import static org.apache.spark.sql.functions.abs;
import static org.apache.spark.sql.functions.avg;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.greatest;
import static org.apache.spark.sql.functions.hll_sketch_agg;
import static org.apache.spark.sql.functions.hll_sketch_estimate;
import static org.apache.spark.sql.functions.hll_union_agg;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sqrt;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.var_pop;
import static org.apache.spark.sql.functions.when;

import common.metrics.Measure.Part;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.UnaryOperator;
import org.apache.spark.sql.Column;

/**
 * Defines how a measure is computed. A kind consists of three expressions: the partial of each part
 * over events, its merge over partials, and the result over merged parts. For any split of the
 * events, merging the parts' partials gives the same result as a single pass.
 *
 * <p>To add a kind, add a constant here, and define in {@link RollUp} how it is computed over
 * several rows: configuration, batch, speed and all SQL dialects follow. Null values are ignored; a
 * measure without any value is null, a count zero.
 */
public enum MeasureKind {
  /** Number of events, or of events for which {@code of} is not null. bigint. */
  COUNT("count") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(measure.result(count(measure.value()), total(measure.name())));
    }
  },

  /** Number of events that satisfy {@code where}. bigint. */
  COUNT_IF("count-if") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(measure.result(count_if(measure.value()), total(measure.name())));
    }
  },

  /** double, or decimal(p + 10, s) for a decimal(p, s). */
  SUM("sum") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(measure.result(sum(measure.value()), sum(col(measure.name()))));
    }
  },

  /** The input's type. */
  MIN("min") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(measure.result(min(measure.value()), min(col(measure.name()))));
    }
  },

  /** The input's type. */
  MAX("max") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(measure.result(max(measure.value()), max(col(measure.name()))));
    }
  },

  /** double. */
  AVERAGE("average") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(
          measure.part(Measure.SUM, sum(measure.value()), sum(measure.merged(Measure.SUM))),
          measure.part(
              Measure.COUNT, count(measure.value()), total(measure.partName(Measure.COUNT))));
    }

    @Override
    Column result(Measure measure) {
      Column count = measure.merged(Measure.COUNT);
      return when(count.gt(0), measure.merged(Measure.SUM).cast("double").divide(count));
    }
  },

  /** Sample standard deviation, double; null for fewer than two values. */
  STDDEV("stddev") {
    @Override
    List<Part> parts(Measure measure) {
      Column value = measure.value().cast("double");
      Column count = measure.merged(Measure.COUNT);
      Column weighted = measure.merged(Measure.MEAN).multiply(count);
      Column values = when(count.gt(0), count);
      return List.of(
          measure.part(Measure.COUNT, count(value), total(measure.partName(Measure.COUNT))),
          measure.part(Measure.MEAN, avg(value), sum(weighted).divide(sum(values))),
          measure.part(
              Measure.SQUARES,
              var_pop(value).multiply(count(value)),
              expr(SquaredDistances.merged(measure))));
    }

    @Override
    Column result(Measure measure) {
      Column count = measure.merged(Measure.COUNT);
      return when(count.gt(1), sqrt(measure.merged(Measure.SQUARES).divide(count.minus(1))));
    }
  },

  /**
   * double; when computed over events, the mean of the two middle values if their number is even.
   */
  MEDIAN("median") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(
          measure.part(
              Measure.SKETCH,
              MedianSketch.of(measure.value().cast("double")),
              MedianSketch.union(measure.merged(Measure.SKETCH))));
    }

    @Override
    Column result(Measure measure) {
      return MedianSketch.median(measure.merged(Measure.SKETCH));
    }

    @Override
    Optional<Exact> exact(Measure measure) {
      Column median = expr("percentile(cast(%s as double), 0.5)".formatted(measure.input()));
      return Optional.of(new Exact(median, UnaryOperator.identity(), Optional.empty()));
    }

    @Override
    public Optional<String> errorBound() {
      return Optional.of(MedianSketch.ERROR_BOUND);
    }

    @Override
    OptionalDouble errorLimit() {
      // Both medians come from sketches, each with this error.
      return OptionalDouble.of(2 * MedianSketch.RANK_ERROR);
    }

    @Override
    Column difference(Measure measure, String exact, String other) {
      return MedianSketch.rankDistance(
          col(exact + "." + measure.partName(Measure.SKETCH)), col(other + "." + measure.name()));
    }
  },

  /** bigint. */
  DISTINCT("distinct") {
    @Override
    List<Part> parts(Measure measure) {
      return List.of(
          measure.part(
              Measure.SKETCH,
              hll_sketch_agg(measure.value().cast("string"), HLL_LG_K),
              hll_union_agg(measure.merged(Measure.SKETCH))));
    }

    @Override
    Column result(Measure measure) {
      return hll_sketch_estimate(measure.merged(Measure.SKETCH));
    }

    @Override
    Optional<Exact> exact(Measure measure) {
      return Optional.of(
          new Exact(
              DistinctValues.of(measure.value()),
              DistinctValues::count,
              Optional.of(values -> DistinctValues.sketch(values, HLL_LG_K))));
    }

    @Override
    OptionalDouble errorLimit() {
      return OptionalDouble.of(0.05);
    }

    @Override
    public Optional<String> errorBound() {
      return Optional.of("relative error 5 % with 99.7 % confidence (HyperLogLog, 4096 registers)");
    }
  };

  /** 2^12 registers: a standard error of 1.04 / sqrt(4096) = 1.6 % once sketches are merged. */
  private static final int HLL_LG_K = 12;

  /**
   * Smallest scale of a relative difference: smaller values may be mere rounding errors, e.g. a sum
   * near zero.
   */
  private static final double LEAST_SCALE = 1e-3;

  private final String configName;

  MeasureKind(String configName) {
    this.configName = configName;
  }

  public String configName() {
    return configName;
  }

  abstract List<Part> parts(Measure measure);

  /** The result over the merged parts; by default the only part is the result. */
  Column result(Measure measure) {
    return col(measure.name());
  }

  /**
   * The exact computation over all events of a window, for kinds whose merged parts are
   * approximate.
   */
  Optional<Exact> exact(Measure measure) {
    return Optional.empty();
  }

  /**
   * An exact computation.
   *
   * @param aggregate over all events of a window
   * @param result over that aggregate
   * @param part the kind's only part, computed from that aggregate if this is cheaper than from the
   *     events
   */
  record Exact(
      Column aggregate, UnaryOperator<Column> result, Optional<UnaryOperator<Column>> part) {}

  /** The maximum error of a streamed or merged result; empty for kinds whose results are exact. */
  public Optional<String> errorBound() {
    return Optional.empty();
  }

  /** The error bound as a number, in the unit of {@link #difference}. */
  OptionalDouble errorLimit() {
    return OptionalDouble.empty();
  }

  /** The difference between the other row's value and the exact value, neither of which is null. */
  Column difference(Measure measure, String exact, String other) {
    Column left = col(exact + "." + measure.name()).cast("double");
    Column right = col(other + "." + measure.name()).cast("double");
    Column scale = greatest(abs(left), abs(right), lit(LEAST_SCALE));
    return abs(left.minus(right)).divide(scale);
  }

  private static Column total(String part) {
    return coalesce(sum(col(part)), lit(0L));
  }
}
