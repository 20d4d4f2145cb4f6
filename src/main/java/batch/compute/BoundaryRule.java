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
 * Determines the boundary after a run: the start of the first window that on-time events can still
 * reach, but no later than the end of the windows that this and earlier runs have computed without
 * a gap. The boundary never moves back, unless a rebuild gives the view different windows. Nor does
 * the boundary move while ingest lags behind on some partitions of the topic, because on-time
 * events of those partitions are not yet ingested.
 *
 * @param batchLag how far an on-time event may lag behind the newest event
 */
record BoundaryRule(View view, Duration batchLag) {

  /**
   * The boundary after the run.
   *
   * @param published the boundary before the run
   * @param now upper limit for event times, so that a fast clock does not move the boundary
   * @param ingestBehind whether ingest lags behind on some partitions of the topic
   * @param firstOpenSession start of the first session that is still open at a given time, for
   *     views with session windows
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

    // A rebuild may give the view different windows, so the old boundary may not be a window start.
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

  /**
   * The candidate, limited to what has been computed without a gap; empty if this run leaves a gap.
   */
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
