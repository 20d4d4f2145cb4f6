package batch.compute;

import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/** The plan of a run, made before the run computes anything. */
sealed interface BatchPlan {
  Basis basis();

  /** No events arrived since the last run: the view is left unchanged. */
  record Idle(Basis basis) implements BatchPlan {}

  /**
   * There are windows to compute and replace.
   *
   * @param dates days whose windows are replaced; empty for all
   * @param startOfHistory oldest event time in the master dataset, if the plan does not build on an
   *     earlier run
   */
  record Compute(Basis basis, Optional<Dates> dates, Optional<Instant> startOfHistory)
      implements BatchPlan {}

  /**
   * The state of the view that the plan is based on.
   *
   * @param last id of the view's newest run when the plan was made
   * @param tableId id of the batch view's Delta table
   * @param tableVersion version of that table when the plan was made; for an incremental plan, the
   *     version that the last run committed
   */
  record Basis(
      Run.Kind kind,
      Optional<String> reason,
      Run.Input input,
      Optional<String> last,
      String tableId,
      long tableVersion) {}

  default Optional<Dates> replacedDates() {
    return this instanceof Compute compute ? compute.dates() : Optional.empty();
  }

  /**
   * The record of a run that executed this plan.
   *
   * @param conflicts how many earlier plans of the run conflicted with another commit
   */
  default Run run(
      View view,
      Run.Counts counts,
      Optional<Instant> boundary,
      long conflicts,
      Instant startedAt,
      long durationMs) {
    boolean rebuild = basis().kind() == Run.Kind.rebuild;
    return new Run(
        UUID.randomUUID().toString(),
        view.name(),
        basis().kind(),
        basis().reason(),
        basis().input(),
        counts,
        new Run.Output(
            basis().tableId(),
            basis().tableVersion(),
            rebuild ? Optional.of(basis().tableVersion()) : Optional.empty(),
            view.definition(),
            replacedDates(),
            boundary),
        startedAt,
        durationMs,
        conflicts);
  }
}
