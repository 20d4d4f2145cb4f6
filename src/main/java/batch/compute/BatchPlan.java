package batch.compute;

import common.metrics.DateRange;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import java.time.Instant;
import java.util.Optional;

/**
 * What a run will do, decided before it does it.
 *
 * @param dates days whose windows are replaced; empty for all
 * @param nothingNew whether no event came since the last run
 * @param startOfHistory oldest event time in the master, where the dates alone are computed
 * @param last id of the view's newest run when this one was planned
 */
record BatchPlan(
    Run.Kind kind,
    Optional<String> reason,
    Optional<Dates> dates,
    boolean nothingNew,
    Optional<Long> masterFrom,
    long masterTo,
    Optional<Long> completeTo,
    Optional<Instant> newestEvent,
    Optional<Instant> startOfHistory,
    Optional<String> last,
    long viewVersion,
    String tableId,
    String masterId) {

  /** The part of a boundary that is computed without a gap; empty where this run leaves one. */
  Optional<Instant> covered(View view, Optional<Instant> published, Instant candidate) {
    if (kind != Run.Kind.dates) {
      return Optional.of(candidate);
    }

    DateRange range = dates.orElseThrow().ranges().get(0);
    Optional<Instant> computedUntil = published.or(() -> startOfHistory);
    if (computedUntil.isEmpty() || range.start().isAfter(computedUntil.get())) {
      return Optional.empty();
    }

    Instant end = view.window().firstOpenAt(range.end()).orElse(range.end());
    return Optional.of(candidate.isBefore(end) ? candidate : end);
  }
}
