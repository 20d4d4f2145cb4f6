package batch.compute;

import common.lake.TableState;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Plans a run, based on the request, the last run and the changes in the master dataset. Performs
 * no reads.
 *
 * @param master the master dataset as the run will read it
 * @param table the batch view before the run
 * @param latest newest run of that table
 */
record BatchPlanner(
    View view, BatchRequest request, TableState master, TableState table, Optional<Run> latest) {

  /**
   * The version of the master dataset after which events count as new; empty when the run considers
   * the whole master dataset.
   */
  Optional<Long> changesAfter() {
    return request instanceof BatchRequest.Incremental ? completeTo() : Optional.empty();
  }

  /**
   * A plan to compute the dates that new events touched.
   *
   * @param newestByDate newest event time of the new events, by event date
   */
  BatchPlan incremental(Map<LocalDate, Instant> newestByDate) {
    Run last = latest.orElseThrow();
    Optional<Instant> newest =
        Stream.concat(newestByDate.values().stream(), last.input().newestEvent().stream())
            .max(Comparator.naturalOrder());
    BatchPlan.Basis basis =
        basis(completeTo(), Optional.of(master.version()), newest, last.output().version());
    return newestByDate.isEmpty()
        ? new BatchPlan.Idle(basis)
        : new BatchPlan.Compute(
            basis, Dates.of(newestByDate.keySet()).ofWindows(view), Optional.empty());
  }

  /**
   * A plan to compute the requested days, or the whole view.
   *
   * @param oldest oldest event time in the master dataset
   * @param newest newest event time in the master dataset
   */
  BatchPlan whole(Optional<Instant> oldest, Optional<Instant> newest) {
    Optional<Dates> dates =
        request instanceof BatchRequest.Days days
            ? Optional.of(Dates.of(days.range()))
            : Optional.empty();
    Optional<Long> completeTo = dates.isPresent() ? completeTo() : Optional.of(master.version());
    return new BatchPlan.Compute(
        basis(Optional.empty(), completeTo, newest, table.version()), dates, oldest);
  }

  /**
   * The version of the master dataset up to which the view is complete; empty if the master dataset
   * has been recreated since the last run.
   */
  private Optional<Long> completeTo() {
    return latest
        .map(Run::input)
        .filter(input -> input.masterId().equals(master.id()))
        .flatMap(Run.Input::completeTo);
  }

  private BatchPlan.Basis basis(
      Optional<Long> from,
      Optional<Long> completeTo,
      Optional<Instant> newestEvent,
      long tableVersion) {
    return new BatchPlan.Basis(
        request.kind(),
        request instanceof BatchRequest.Rebuild rebuild
            ? Optional.of(rebuild.reason())
            : Optional.empty(),
        new Run.Input(master.id(), from, master.version(), completeTo, newestEvent),
        latest.map(Run::id),
        table.id(),
        tableVersion);
  }
}
