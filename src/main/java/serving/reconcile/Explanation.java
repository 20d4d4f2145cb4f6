package serving.reconcile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import common.event.FirstArrivals;
import common.lake.Lake;
import common.metrics.Agreement;
import common.metrics.Dates;
import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.Metrics;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import common.settings.Duplicates;
import common.settings.Settings;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Determines why windows differ between the layers. A window is explained when both rows are
 * correct for the events that their layer had seen: the batch row equals the aggregate of the
 * master dataset as of the last run, and the speed row equals the aggregate of the events that,
 * according to the ledger, the speed job counted. A difference that only resembles a known cause
 * stays unexplained.
 */
final class Explanation {
  private static final String LATE = "late beyond the watermark";
  private static final String DUPLICATE = "duplicate beyond the watermark";
  private static final String COUNTED_DUPLICATE = "duplicate: speed.duplicates = count";
  private static final String BEHIND = "speed behind: not read yet";
  private static final String BEFORE = "before the speed job began";
  private static final String BATCH_BEHIND = "batch behind: came since its last run";

  private final Lake lake;
  private final Settings settings;
  private final View view;
  private final Agreement agreement;

  Explanation(Lake lake, Settings settings, View view, Agreement agreement) {
    this.lake = lake;
    this.settings = settings;
    this.view = view;
    this.agreement = agreement;
  }

  /**
   * Counts the windows that can be explained, by cause.
   *
   * @param apart differing windows as the {@link Reconciler} compares them
   * @param dates the dates on which those windows start
   * @param progress ledger of the view's query
   */
  Map<String, Long> of(Dataset<Row> apart, Dates dates, Dataset<Row> progress) {
    Dataset<Row> traced =
        new Arrivals(settings.speed().lateTolerance(), settings.speed().duplicates())
            .traced(ofWindows(lake.master().read(), dates), progress);
    Dataset<Row> counted =
        Reconciler.named(
            Metrics.aggregate(traced.where(Arrivals.counted()), view), view, "streamed");
    Dataset<Row> exact = exact(run -> run.input().completeTo(), dates, "exact");
    Dataset<Row> exactOfDates =
        exact(run -> Optional.of(run.input().to()), dates, "exact_of_dates");
    Dataset<Row> outcomes = Metrics.aggregate(traced, outcomes()).drop(View.WINDOW_END);

    String[] window = view.rowKey().toArray(String[]::new);
    Dataset<Row> explained =
        apart
            .join(counted, window, "left")
            .join(exact, window, "left")
            .join(exactOfDates, window, "left")
            .join(outcomes, window, "left")
            .where(
                agreement
                    .holds("streamed", "speed_row")
                    .and(
                        agreement
                            .holds("exact", "batch_row")
                            .or(agreement.holds("exact_of_dates", "batch_row"))));
    Map<String, Long> causes = new TreeMap<>();
    explained
        .groupBy(cause(settings.speed().duplicates()).as("cause"))
        .agg(count(lit(1)))
        .collectAsList()
        .forEach(row -> causes.put(row.getString(0), row.getLong(1)));
    return causes;
  }

  /**
   * The exact rows as of the last run; a run over given dates read those dates at a newer version.
   */
  private Dataset<Row> exact(Function<Run, Optional<Long>> version, Dates dates, String name) {
    Dataset<Row> master =
        new Runs(lake)
            .latest(view)
            .flatMap(version)
            .map(lake.master()::readAt)
            .orElseGet(lake.master()::read);
    return Reconciler.named(
        Metrics.aggregate(FirstArrivals.of(ofWindows(master, dates)), view), view, name);
  }

  private Dataset<Row> ofWindows(Dataset<Row> master, Dates dates) {
    return dates.ofEvents(view).map(days -> master.where(days.holds())).orElse(master);
  }

  /** The number of events with each outcome, per window. */
  private View outcomes() {
    List<Measure> counts =
        List.of(
            outcome("ahead", Arrivals.AHEAD),
            outcome("before", Arrivals.BEFORE_START),
            outcome("late", Arrivals.LATE),
            outcome("again", Arrivals.COUNTED_AGAIN));
    return new View(view.name(), view.keys(), view.window(), counts, List.of());
  }

  private static Measure outcome(String name, String outcome) {
    return new Measure(
        name, MeasureKind.COUNT_IF, "%s = '%s'".formatted(Arrivals.OUTCOME, outcome));
  }

  /**
   * The first cause that applies: for a window with unread events, no other cause can be
   * determined.
   */
  private static Column cause(Duplicates duplicates) {
    String duplicate =
        switch (duplicates) {
          case drop -> DUPLICATE;
          case count -> COUNTED_DUPLICATE;
        };
    return when(col("ahead").gt(0), lit(BEHIND))
        .when(col("before").gt(0), lit(BEFORE))
        .when(col("late").gt(0), lit(LATE))
        .when(col("again").gt(0), lit(duplicate))
        .otherwise(lit(BATCH_BEHIND));
  }
}
