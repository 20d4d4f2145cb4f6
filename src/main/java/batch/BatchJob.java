package batch;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import common.Failure;
import common.event.EventSchema;
import common.lake.Lake;
import common.metrics.Metrics;
import common.metrics.View;
import common.settings.Settings;
import java.time.Clock;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Recomputes a view from the master dataset: all of it, or the windows that start on given dates,
 * which replace those dates in one commit. A rerun changes nothing. The boundary follows the
 * commit.
 */
public final class BatchJob {
  private static final Logger PROGRESS = LoggerFactory.getLogger("progress");

  private final Lake lake;
  private final BoundaryTable boundaries;
  private final Settings settings;
  private final Clock clock;

  public BatchJob(SparkSession spark, Settings settings, Clock clock) {
    this.lake = new Lake(spark, settings.lakeRoot());
    this.boundaries = new BoundaryTable(spark, lake);
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Computes the view and publishes its boundary.
   *
   * @param dates empty for the whole master
   * @throws Failure when there is no master dataset yet
   */
  public BatchReport run(View view, Optional<DateRange> dates) {
    if (!lake.master().exists()) {
      throw new Failure("No master dataset in %s: run ingest first".formatted(lake.root()));
    }

    lake.createServing(view);
    long version = lake.master().version();
    Dataset<Row> master = lake.master().readAt(version);
    PROGRESS.info("batch: computing {} from version {} of the master", view.name(), version);

    Dataset<Row> records =
        dates.map(range -> master.where(range.eventsOf(view).holds())).orElse(master);
    Dataset<Row> events = FirstArrivals.of(records).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Row counts = events.agg(count(lit(1)), count_if(view.covers().unary_$bang())).first();
      Dataset<Row> rows = Metrics.aggregate(events, view);
      write(dates.map(range -> rows.where(range.holds())).orElse(rows), view, dates);
      return new BatchReport(
          counts.getLong(0),
          records.count() - counts.getLong(0),
          counts.getLong(1),
          rowsWritten(view),
          publish(view, master, dates));
    } finally {
      events.unpersist();
    }
  }

  private void write(Dataset<Row> rows, View view, Optional<DateRange> dates) {
    // One file a date: without this each task writes to each date.
    DataFrameWriter<Row> writer =
        rows.withColumn(View.COMPUTED_AT, lit(clock.instant()))
            .repartition(col(View.EVENT_DATE))
            .write()
            .format("delta")
            .mode("overwrite");
    dates
        .map(range -> writer.option("replaceWhere", range.sql()))
        .orElse(writer)
        .save(lake.batchView(view).path());
  }

  /**
   * Moves the boundary forward to the first window that could still receive on-time events, as far
   * as this run and those before it have computed every window; never backward.
   */
  private Optional<Instant> publish(View view, Dataset<Row> master, Optional<DateRange> dates) {
    Optional<Instant> published = boundaries.current(view);
    Optional<Instant> open = firstOpenWindow(view, master);
    Optional<Instant> next =
        open.flatMap(start -> covered(view, master, dates, published, start))
            .filter(start -> published.isEmpty() || start.isAfter(published.get()));
    next.ifPresent(
        start -> boundaries.publish(view, start, BoundaryTable.Origin.batch, clock.instant()));
    return next.or(() -> published);
  }

  /** A clock ahead of ours does not move it: no event counts as later than now. */
  private Optional<Instant> firstOpenWindow(View view, Dataset<Row> master) {
    Row newest = master.agg(max(EventSchema.EVENT_TIMESTAMP)).first();
    if (newest.isNullAt(0)) {
      return Optional.empty();
    }

    Instant newestEvent = newest.getInstant(0);
    Instant now = clock.instant();
    Instant closed =
        (newestEvent.isBefore(now) ? newestEvent : now).minus(settings.serving().batchLag());
    return Optional.of(
        view.window().firstOpenAt(closed).orElseGet(() -> firstOpenSession(view, closed)));
  }

  private Instant firstOpenSession(View view, Instant closed) {
    Row first =
        lake.batchView(view)
            .read()
            .where(col(View.WINDOW_END).gt(lit(closed)))
            .agg(min(View.WINDOW_START))
            .first();
    return first.isNullAt(0) ? closed : first.getInstant(0);
  }

  /** The part of a candidate that is computed without a gap; empty where this run leaves one. */
  private static Optional<Instant> covered(
      View view,
      Dataset<Row> master,
      Optional<DateRange> dates,
      Optional<Instant> published,
      Instant candidate) {
    if (dates.isEmpty()) {
      return Optional.of(candidate);
    }

    DateRange range = dates.get();
    Instant computedUntil = published.orElseGet(() -> startOfHistory(master));
    if (range.start().isAfter(computedUntil)) {
      return Optional.empty();
    }

    Instant end = view.window().firstOpenAt(range.end()).orElse(range.end());
    return Optional.of(candidate.isBefore(end) ? candidate : end);
  }

  private static Instant startOfHistory(Dataset<Row> master) {
    return master.agg(min(EventSchema.EVENT_TIMESTAMP)).first().getInstant(0);
  }

  private long rowsWritten(View view) {
    Map<String, String> metrics =
        lake.batchView(view).delta().history(1).select("operationMetrics").first().getJavaMap(0);
    // Delta leaves the figure out where a commit wrote no file.
    return Long.parseLong(metrics.getOrDefault("numOutputRows", "0"));
  }
}
