package batch.compute;

import common.metrics.DateRange;
import common.ops.Run;

/** Which part of a view to compute. */
public sealed interface BatchRequest {
  /** The kind under which a run of the request is recorded. */
  Run.Kind kind();

  /** The whole view. */
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
   * The whole view, even if its definition has changed; the replaced version can be restored.
   *
   * @param reason tells later readers why numbers have changed
   */
  record Rebuild(String reason) implements BatchRequest {
    @Override
    public Run.Kind kind() {
      return Run.Kind.rebuild;
    }
  }
}
