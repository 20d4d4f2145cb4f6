package batch.compute;

import common.metrics.DateRange;
import common.ops.Run;

/** Which part of a view to compute. */
public sealed interface BatchRequest {
  /** How a run that executes the request is recorded. */
  default Run.Kind kind() {
    if (this instanceof Days) {
      return Run.Kind.dates;
    }

    if (this instanceof Incremental) {
      return Run.Kind.incremental;
    }

    return this instanceof Rebuild ? Run.Kind.rebuild : Run.Kind.full;
  }

  /** All of it. */
  record Whole() implements BatchRequest {}

  /** The windows that start on these days. */
  record Days(DateRange range) implements BatchRequest {}

  /** The windows touched by events that arrived since the view's last run. */
  record Incremental() implements BatchRequest {}

  /**
   * All of it, even under a changed definition; the version that it replaces stays restorable.
   *
   * @param reason why, for readers who later find different numbers
   */
  record Rebuild(String reason) implements BatchRequest {}
}
