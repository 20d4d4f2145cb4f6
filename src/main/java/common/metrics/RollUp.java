package common.metrics;

import java.util.stream.Stream;

/**
 * Defines how a measure is computed over several rows of its view, from the columns that the view's
 * tables store. Every BI dialect follows this definition. A kind that cannot be computed from these
 * columns has no value over several rows, rather than a wrong value.
 */
public enum RollUp {
  /** The sum of the results. */
  SUM,

  /** The smallest result. */
  MIN,

  /** The largest result. */
  MAX,

  /**
   * The sum of the values divided by the number of values. Events without a value do not count, so
   * the number of events would be the wrong weight.
   */
  MEAN,

  /** The sample standard deviation of all values. */
  DEVIATION,

  /** The estimated number of distinct values in the union of the sketches. */
  DISTINCT,

  /** Not computable: only a single row has a value. */
  NONE;

  /** The rows over which a measure has a value. */
  public enum Rows {
    ANY,
    /** Rows of one window, whatever their keys. */
    ONE_WINDOW,
    ONE
  }

  public static RollUp of(Measure measure) {
    return switch (measure.kind()) {
      case COUNT, COUNT_IF, SUM -> SUM;
      case MIN -> MIN;
      case MAX -> MAX;
      case AVERAGE -> MEAN;
      case STDDEV -> DEVIATION;
      case DISTINCT -> DISTINCT;
      case MEDIAN -> NONE;
    };
  }

  /** This roll-up on an engine that cannot merge sketches. */
  public RollUp withoutSketches() {
    return this == DISTINCT ? NONE : this;
  }

  /** The columns that the roll-up needs besides the result of the measure. */
  public Stream<String> columns(Measure measure) {
    Stream<String> parts =
        switch (this) {
          case SUM, MIN, MAX, NONE -> Stream.of();
          case MEAN -> Stream.of(Measure.SUM, Measure.COUNT);
          case DEVIATION -> Stream.of(Measure.COUNT, Measure.MEAN, Measure.SQUARES);
          case DISTINCT -> Stream.of(Measure.SKETCH);
        };
    return parts.map(measure::partName);
  }

  /**
   * The rows over which a measure has a value. Overlapping windows contain the same event several
   * times, which does not affect a minimum, a maximum or a union of sketches, but makes other
   * results wrong.
   */
  public Rows rows(Window window) {
    return switch (this) {
      case MIN, MAX, DISTINCT -> Rows.ANY;
      case SUM, MEAN, DEVIATION -> window.overlaps() ? Rows.ONE_WINDOW : Rows.ANY;
      case NONE -> Rows.ONE;
    };
  }
}
