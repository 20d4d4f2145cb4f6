package batch.compute;

import common.metrics.DateRange;

/** What of a view is to be computed. */
public sealed interface BatchRequest {
  /** All of it. */
  record Whole() implements BatchRequest {}

  /** The windows that start on these days. */
  record Days(DateRange range) implements BatchRequest {}

  /** The windows that events touched which came since the view's last run. */
  record Incremental() implements BatchRequest {}

  /**
   * All of it, also under a changed definition; what it replaces stays restorable.
   *
   * @param reason why, for those who find another number tomorrow
   */
  record Rebuild(String reason) implements BatchRequest {}
}
