package serving.query;

import java.time.Instant;

/** Which layer serves a window that both layers have. */
public enum Accuracy {
  /** The batch view alone: exact as of the last batch run. */
  exact,

  /** The speed view wherever it has a row, the batch view elsewhere. */
  latest,

  /** The batch view before the boundary, the speed view from the boundary on. */
  any;

  /** A time before all windows. */
  public static final Instant BEGINNING_OF_TIME = Instant.parse("0001-01-01T00:00:00Z");

  /** A time after all windows. */
  static final Instant END_OF_TIME = Instant.parse("9999-12-31T23:59:59Z");

  /** The time at which the unified view switches from batch rows to speed rows. */
  public Instant split(Instant boundary) {
    return switch (this) {
      case exact -> END_OF_TIME;
      case latest -> BEGINNING_OF_TIME;
      case any -> boundary;
    };
  }
}
