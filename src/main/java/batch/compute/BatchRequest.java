package batch.compute;

import common.metrics.DateRange;

/** Which part of a view to compute. */
public sealed interface BatchRequest {
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
