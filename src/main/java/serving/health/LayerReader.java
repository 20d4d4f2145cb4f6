package serving.health;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.when;

import common.lake.Baselines;
import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.ViewTables;
import common.metrics.DateRange;
import common.metrics.Dates;
import common.metrics.Metrics;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import common.ops.StreamProgress;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import serving.reconcile.Reconciliations;

/** Reads the facts for the health checks. Each table is read once. */
final class LayerReader {
  private final Lake lake;

  LayerReader(Lake lake) {
    this.lake = lake;
  }

  /**
   * Reads the facts about a view whose tables exist.
   *
   * @param streams the streaming queries that maintain the view
   * @param ledger the ledger's facts about these queries
   */
  LayerFacts read(ViewTables tables, List<StreamedBy> streams, StreamReader ledger, Instant now) {
    View view = tables.view();
    // The boundary is read first, so that the run that published it is among the runs read next.
    Optional<Instant> boundary = new Boundaries(lake).current(view);
    Runs.History history = new Runs(lake).history(view);
    Optional<Run> latest = history.committed().stream().reduce((one, next) -> next);
    LayerFacts.SpeedRows speed = speed(tables.speed().readOnce(), latest, boundary);
    return new LayerFacts(
        view,
        now,
        latest,
        LayerFacts.Runs.of(history.committed(), history.failed()),
        streams.stream().map(of -> ledger.query(of.label(), of.query(), of.interval())).toList(),
        tables.batch().files(),
        boundary,
        newestBaseline(view),
        speed,
        ledger.ledger(StreamProgress.speedQuery(view, "delta")),
        comparison(view),
        search(tables, boundary, speed));
  }

  private Optional<LocalDate> newestBaseline(View view) {
    return view.baselineMeasures().isEmpty()
        ? Optional.empty()
        : new Baselines(lake).published(view).stream().max(Comparator.naturalOrder());
  }

  private static LayerFacts.SpeedRows speed(
      Dataset<Row> rows, Optional<Run> latest, Optional<Instant> boundary) {
    Column start = col(View.WINDOW_START);
    Instant computedTo = latest.flatMap(run -> run.output().boundary()).orElse(Instant.EPOCH);
    Instant newestEvent = latest.flatMap(run -> run.input().newestEvent()).orElse(Instant.EPOCH);
    // A run never moves the boundary back, even if the boundary was set ahead of all events seen so
    // far.
    Column notComputed = start.geq(lit(computedTo)).or(start.gt(lit(newestEvent)));
    Column hidden = notComputed.and(start.lt(lit(boundary.orElse(Instant.EPOCH))));
    Row found =
        rows.agg(
                min(start),
                max(start),
                min(when(hidden, start)),
                max(when(hidden, col(View.WINDOW_END))))
            .first();
    return new LayerFacts.SpeedRows(span(found, 0), span(found, 2));
  }

  private Optional<LayerFacts.Comparison> comparison(View view) {
    return new Reconciliations(lake)
        .of(view).stream()
            .findFirst()
            .map(
                newest ->
                    new LayerFacts.Comparison(newest.at(), newest.windows(), newest.unexplained()));
  }

  /** Reads the master dataset only when the speed view starts after the boundary. */
  private Optional<LayerFacts.Search> search(
      ViewTables tables, Optional<Instant> boundary, LayerFacts.SpeedRows speed) {
    Optional<Instant> reach = speed.starts().map(LayerFacts.Span::from);
    boolean apart =
        boundary.isPresent() && reach.isPresent() && reach.get().isAfter(boundary.get());
    return apart && lake.master().exists()
        ? Optional.of(new LayerFacts.Search(lost(tables, boundary.get(), reach.get())))
        : Optional.empty();
  }

  private Optional<LayerFacts.Span> lost(ViewTables tables, Instant boundary, Instant reach) {
    View view = tables.view();
    Dates dates =
        Dates.of(
            new DateRange(
                LocalDate.ofInstant(boundary, ZoneOffset.UTC),
                LocalDate.ofInstant(reach, ZoneOffset.UTC)));
    Dataset<Row> master = lake.master().read();
    Dataset<Row> events =
        dates.ofEvents(view).map(days -> master.where(days.holds())).orElse(master);
    Column between =
        col(View.WINDOW_START).geq(lit(boundary)).and(col(View.WINDOW_START).lt(lit(reach)));
    Row found =
        Metrics.aggregate(events, view)
            .where(between)
            .join(
                tables.batch().read().where(between),
                view.rowKey().toArray(String[]::new),
                "left_anti")
            .agg(min(View.WINDOW_START), max(View.WINDOW_END))
            .first();
    return span(found, 0);
  }

  private static Optional<LayerFacts.Span> span(Row row, int at) {
    return row.isNullAt(at)
        ? Optional.empty()
        : Optional.of(new LayerFacts.Span(row.getInstant(at), row.getInstant(at + 1)));
  }
}
