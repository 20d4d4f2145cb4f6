package common.metrics;

/**
 * Spark SQL that merges squared distances from the mean: pairwise, from the count, the mean and the
 * sum of squared distances of each row (Chan, Golub, LeVeque 1979). Sums of squares would lose all
 * precision when the mean is large relative to the spread.
 */
public final class SquaredDistances {
  private SquaredDistances() {}

  /** An aggregate over rows with the parts of a standard deviation; null if none has a value. */
  public static String merged(Measure measure) {
    return """
        aggregate(
          collect_list(if(%1$s > 0, named_struct('n', cast(%1$s as double), 'mean', %2$s, 'm2', %3$s), null)),
          cast(null as struct<n: double, mean: double, m2: double>),
          (a, b) -> if(a is null, b, named_struct(
            'n', a.n + b.n,
            'mean', a.mean + (b.mean - a.mean) * (b.n / (a.n + b.n)),
            'm2', a.m2 + b.m2 + (b.mean - a.mean) * (b.mean - a.mean) * (a.n * b.n / (a.n + b.n)))),
          a -> a.m2)"""
        .formatted(
            measure.partName(Measure.COUNT),
            measure.partName(Measure.MEAN),
            measure.partName(Measure.SQUARES));
  }
}
