package batch.compute;

import common.metrics.DateRange;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Where the batch view ends after a run: the first window that could still receive on-time events,
 * as far as this run and those before it have computed every window; never before where it ended,
 * unless a rebuild gives the view other windows. It stays where it is while ingest has left
 * partitions of the topic behind, whose events are on time and not here yet.
 *
 * @param batchLag how long after an event's time others of that time may still come
 */
record BoundaryRule(View view, Duration batchLag) {

  /**
   * The boundary after the run.
   *
   * @param published the boundary before it
   * @param now no event counts as later: a clock ahead of ours does not move the boundary
   * @param ingestBehind whether ingest has left partitions of the topic behind
   * @param firstOpenSession start of the first session that is open at a time, for views whose
   *     windows are sessions
   */
  Optional<Instant> after(
      BatchPlan plan,
      Optional<Instant> published,
      Instant now,
      boolean ingestBehind,
      UnaryOperator<Instant> firstOpenSession) {
    if (ingestBehind) {
      return published.map(at -> view.window().firstOpenAt(at).orElse(at));
    }

    // A rebuild may give the view other windows, on whose starts the old one does not lie.
    boolean rebuild = plan.basis().kind() == Run.Kind.rebuild;
    Optional<Instant> floor = rebuild ? Optional.empty() : published;
    return plan.basis()
        .input()
        .newestEvent()
        .map(newest -> (newest.isBefore(now) ? newest : now).minus(batchLag))
        .map(at -> view.window().firstOpenAt(at).orElseGet(() -> firstOpenSession.apply(at)))
        .flatMap(open -> withoutGap(plan, floor, open))
        .filter(next -> floor.isEmpty() || next.isAfter(floor.get()))
        .or(() -> floor);
  }

  /** The part of it that is computed without a gap; empty where this run leaves one. */
  private Optional<Instant> withoutGap(
      BatchPlan plan, Optional<Instant> published, Instant candidate) {
    if (!(plan instanceof BatchPlan.Compute compute) || plan.basis().kind() != Run.Kind.dates) {
      return Optional.of(candidate);
    }

    DateRange range = compute.dates().map(Dates::ranges).orElseThrow().get(0);
    Optional<Instant> computedUntil = published.or(compute::startOfHistory);
    if (computedUntil.isEmpty() || range.start().isAfter(computedUntil.get())) {
      return Optional.empty();
    }

    Instant end = view.window().firstOpenAt(range.end()).orElse(range.end());
    return Optional.of(candidate.isBefore(end) ? candidate : end);
  }
}
