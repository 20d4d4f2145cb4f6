package batch.compute;

import common.metrics.DateRange;
import common.ops.Run;

/** Which part of a view to compute. */
public sealed interface BatchRequest {
  /** How a run that executes the request is recorded. */
  Run.Kind kind();

  /** All of it. */
  record Whole() implements BatchRequest {
    @Override
    public Run.Kind kind() {
      return Run.Kind.full;
    }
  }

  /** The windows that start on these days. */
  record Days(DateRange range) implements BatchRequest {
    @Override
    public Run.Kind kind() {
      return Run.Kind.dates;
    }
  }

  /** The windows touched by events that arrived since the view's last run. */
  record Incremental() implements BatchRequest {
    @Override
    public Run.Kind kind() {
      return Run.Kind.incremental;
    }
  }

  /**
   * All of it, even under a changed definition; the version that it replaces stays restorable.
   *
   * @param reason why, for readers who later find different numbers
   */
  record Rebuild(String reason) implements BatchRequest {
    @Override
    public Run.Kind kind() {
      return Run.Kind.rebuild;
    }
  }
}
