package serving.health;

import common.metrics.View;
import common.ops.Run;
import java.time.Instant;
import java.util.Optional;

/**
 * What is known of a view's layers; each table was read once for it.
 *
 * @param now when they were read
 * @param latest newest run of the batch view
 * @param search of the master for windows that no layer shows; empty where the speed view reaches
 *     back to the boundary, or there is no master
 */
record LayerFacts(
    View view,
    Instant now,
    Optional<Run> latest,
    Optional<Instant> boundary,
    SpeedRows speed,
    Ledger ledger,
    Optional<Comparison> comparison,
    Optional<Search> search) {

  /** Start of the first window and end of the last, or the first and the last start. */
  record Span(Instant from, Instant to) {}

  /**
   * The rows of the speed view.
   *
   * @param starts of its windows; empty where it has no row
   * @param hidden windows between where the batch view is computed to and a boundary further ahead
   */
  record SpeedRows(Optional<Span> starts, Optional<Span> hidden) {}

  /**
   * The micro-batches of the view's query.
   *
   * @param lastStart start of the newest one
   * @param newestEvent newest event time that one counted
   * @param unbalanced recent ones whose records do not add up
   * @param incomplete recent ones that found fewer records than offsets
   * @param offsetsAlone recent ones of which only the offsets are known
   */
  record Ledger(
      Optional<Instant> lastStart,
      Optional<Instant> newestEvent,
      long unbalanced,
      long incomplete,
      long offsetsAlone) {}

  /**
   * A search between the boundary and the first window of the speed view.
   *
   * @param lost windows there that the master has events of and no layer shows
   */
  record Search(Optional<Span> lost) {}

  /** The last comparison of the layers. */
  record Comparison(Instant at, long windows, long unexplained) {}

  /** Where the batch view is computed to. */
  Optional<Instant> computedTo() {
    return latest.flatMap(run -> run.output().boundary());
  }

  Finding finding(String check, Light light, String detail) {
    return new Finding(view.name(), check, light, detail);
  }
}
