package serving.health;

import common.lake.TableFiles;
import common.metrics.View;
import common.ops.FailedRun;
import common.ops.Run;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * The facts about a view's layers that health checks evaluate, from one read of each table.
 *
 * @param now when the facts were read
 * @param latest most recent batch run of the view
 * @param runs its recent runs
 * @param queries the streaming queries that maintain the view, one per configured sink
 * @param files the files of the batch table
 * @param newestBaseline the last day with a published baseline; empty for a view without baselines
 * @param search the search for windows that have events in the master dataset but no row in either
 *     layer; empty unless the speed view starts after the boundary and there is a master dataset
 */
record LayerFacts(
    View view,
    Instant now,
    Optional<Run> latest,
    Runs runs,
    List<QueryFacts> queries,
    TableFiles files,
    Optional<Instant> boundary,
    Optional<LocalDate> newestBaseline,
    SpeedRows speed,
    Ledger ledger,
    Optional<Comparison> comparison,
    Optional<Search> search) {

  /**
   * The last twenty runs.
   *
   * @param recent number of those runs
   * @param failed how many of those runs failed
   * @param conflicts how often those runs were replanned because of a write conflict
   * @param lastError error of the newest failed run
   * @param computing the newest run that computed something, even if it is not among the last
   *     twenty
   */
  record Runs(
      long recent,
      long failed,
      long conflicts,
      Optional<String> lastError,
      Optional<Run> computing) {
    private static final int LAST = 20;

    /**
     * Summarises the runs of a view.
     *
     * @param committed oldest first
     * @param failed oldest first
     */
    static Runs of(List<Run> committed, List<FailedRun> failed) {
      List<Instant> newest =
          Stream.concat(
                  committed.stream().map(Run::startedAt), failed.stream().map(FailedRun::startedAt))
              .sorted(Comparator.reverseOrder())
              .limit(LAST)
              .toList();
      Instant since = newest.isEmpty() ? Instant.MAX : newest.get(newest.size() - 1);
      List<FailedRun> errors =
          failed.stream().filter(run -> !run.startedAt().isBefore(since)).toList();
      LongStream conflicts =
          LongStream.concat(
              committed.stream()
                  .filter(run -> !run.startedAt().isBefore(since))
                  .mapToLong(Run::conflicts),
              errors.stream().mapToLong(FailedRun::conflicts));
      return new Runs(
          newest.size(),
          errors.size(),
          conflicts.sum(),
          errors.stream().reduce((one, next) -> next).map(FailedRun::error),
          committed.stream()
              .filter(run -> run.kind() != Run.Kind.restore)
              .filter(run -> run.kind() != Run.Kind.incremental || run.counts().events() > 0)
              .reduce((one, next) -> next));
    }
  }

  /**
   * A range of windows, from the start of the first window to the end of the last (in {@link
   * SpeedRows#starts}, to the start of the last).
   */
  record Span(Instant from, Instant to) {}

  /**
   * The extent of the speed view.
   *
   * @param starts first and last window start; empty when the view has no rows
   * @param hidden speed windows between the end of the batch view and a boundary set ahead of it
   */
  record SpeedRows(Optional<Span> starts, Optional<Span> hidden) {}

  /**
   * Summary of the micro-batches of the view's Delta query.
   *
   * @param unbalanced number of recent micro-batches whose record counts do not add up
   * @param incomplete number of recent micro-batches that read fewer records than their offsets
   *     span
   * @param offsetsAlone number of recent micro-batches for which only the offsets are known
   */
  record Ledger(long unbalanced, long incomplete, long offsetsAlone) {}

  /**
   * Result of a search between the boundary and the first window of the speed view.
   *
   * @param lost windows in that range with events in the master dataset but no row in either layer
   */
  record Search(Optional<Span> lost) {}

  /** The latest reconciliation of the layers. */
  record Comparison(Instant at, long windows, long unexplained) {}

  /**
   * The time to which a boundary that was set ahead of the batch view can be set back: the boundary
   * published by the latest run or that run's newest event time, whichever is earlier.
   */
  Optional<Instant> computedTo() {
    return latest.flatMap(
        run ->
            Stream.concat(run.output().boundary().stream(), run.input().newestEvent().stream())
                .min(Comparator.naturalOrder()));
  }

  Finding finding(String check, Light light, String detail) {
    return Finding.of(view.name(), check, light, detail);
  }
}
