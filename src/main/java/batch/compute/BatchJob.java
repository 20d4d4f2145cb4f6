package batch.compute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;

import batch.ingest.IngestJob;
import common.ErrorCode;
import common.Failure;
import common.event.FirstArrivals;
import common.lake.Boundaries;
import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.Metrics;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import common.ops.StreamProgress;
import common.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes a view from the master dataset: all of it, or the windows that start on some dates,
 * which replace those dates in one commit. A rerun changes nothing. The boundary follows the
 * commit.
 */
public final class BatchJob {
  private static final Logger LOG = LoggerFactory.getLogger(BatchJob.class);

  private final SparkSession spark;
  private final Lake lake;
  private final Boundaries boundaries;
  private final Runs runs;
  private final Settings settings;
  private final Clock clock;

  public BatchJob(SparkSession spark, Settings settings, Clock clock) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.boundaries = new Boundaries(spark, lake);
    this.runs = new Runs(spark, lake);
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Computes what is asked for and publishes the view's boundary.
   *
   * @throws Failure when there is no master dataset yet, or the view's tables hold rows of another
   *     definition and no rebuild is asked for
   */
  public Run run(View view, BatchRequest request) {
    if (!lake.master().exists()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "No master dataset in %s: run ingest first".formatted(lake.root()));
    }

    boolean rebuild = request instanceof BatchRequest.Rebuild;
    if (rebuild) {
      lake.createMissing(view);
    } else {
      lake.createServing(view);
    }

    runs.record(view);
    Run run = Commits.retried("batch " + view.name(), () -> compute(view, request));
    runs.record(view);
    publish(view, run, rebuild);
    if (rebuild && lake.speedView(view).holdsAnotherDefinition()) {
      LOG.info("batch: the speed view of {} begins anew under the new definition", view.name());
      LakeTable speed = lake.speedView(view);
      speed.redefine(spark.createDataFrame(List.of(), speed.schema()), "");
    }

    return run;
  }

  private Run compute(View view, BatchRequest request) {
    Instant startedAt = clock.instant();
    long startedNanos = System.nanoTime();
    BatchPlan plan = new BatchPlanner(spark, lake, runs).plan(view, request);
    if (plan.nothingNew()) {
      Optional<Instant> boundary = boundary(view, plan, lake.batchView(view).read());
      Run idle =
          new Result(0, 0, 0, 0, Map.of()).run(view, plan, boundary, startedAt, startedNanos);
      runs.recordIdle(idle);
      return idle;
    }

    LOG.info(
        "batch: computing {} of {} from version {} of the master",
        plan.dates().map(Object::toString).orElse("all"),
        view.name(),
        plan.masterTo());
    Dataset<Row> master = lake.master().readAt(plan.masterTo());
    Dataset<Row> records =
        plan.dates()
            .flatMap(dates -> dates.ofEvents(view))
            .map(dates -> master.where(dates.holds()))
            .orElse(master);
    Dataset<Row> events = FirstArrivals.of(records).persist(StorageLevel.MEMORY_AND_DISK());
    Dataset<Row> rows =
        Metrics.aggregate(events, view)
            .withColumn(View.COMPUTED_AT, lit(startedAt))
            .persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Row read = events.agg(count(lit(1)), count_if(view.covers().unary_$bang())).first();
      Dataset<Row> replaced = plan.dates().map(dates -> rows.where(dates.holds())).orElse(rows);
      Result result =
          new Result(
              read.getLong(0),
              records.count() - read.getLong(0),
              read.getLong(1),
              replaced.count(),
              nulls(replaced, view));
      Run run = result.run(view, plan, boundary(view, plan, rows), startedAt, startedNanos);
      requireLatest(view, plan.last());
      write(replaced, view, plan, runs.metadata(run));
      requireNothingBetween(view, plan.last(), run);
      return run;
    } finally {
      rows.unpersist();
      events.unpersist();
    }
  }

  /** Delta guards a commit from its write on; the plan is older. */
  private void requireLatest(View view, Optional<String> planned) {
    if (!runs.latest(view).map(Run::id).equals(planned)) {
      throw new ConcurrentModificationException("another run was committed meanwhile");
    }
  }

  /** Delta lets two commits pass that replace different dates, whichever was planned first. */
  void requireNothingBetween(View view, Optional<String> planned, Run committed) {
    List<String> ids = runs.of(view).stream().map(Run::id).toList();
    int before = ids.indexOf(committed.id()) - 1;
    Optional<String> previous = before < 0 ? Optional.empty() : Optional.of(ids.get(before));
    if (!previous.equals(planned)) {
      throw new ConcurrentModificationException("another run was committed in between");
    }
  }

  private static Map<String, Long> nulls(Dataset<Row> rows, View view) {
    List<Column> counts = new ArrayList<>();
    view.measureNames().forEach(name -> counts.add(count_if(col(name).isNull()).as(name)));
    Row row = rows.agg(lit(0).as("no_measure"), counts.toArray(Column[]::new)).first();
    Map<String, Long> nulls = new TreeMap<>();
    view.measureNames().forEach(name -> nulls.put(name, row.<Long>getAs(name)));
    return nulls;
  }

  private void write(Dataset<Row> rows, View view, BatchPlan plan, String metadata) {
    LakeTable table = lake.batchView(view);
    // One file a date: without this each task writes to each date.
    Dataset<Row> byDate = rows.repartition(col(View.EVENT_DATE));
    if (plan.kind() == Run.Kind.rebuild && table.holdsAnotherDefinition()) {
      table.redefine(byDate, metadata);
      return;
    }

    DataFrameWriter<Row> writer =
        byDate.write().format("delta").mode("overwrite").option("userMetadata", metadata);
    plan.dates()
        .map(dates -> writer.option("replaceWhere", dates.sql()))
        .orElse(writer)
        .save(table.path());
  }

  /**
   * Where the batch view ends after this run: the first window that could still receive on-time
   * events, as far as this run and those before it have computed every window; never before where
   * it ended, unless a rebuild gives the view other windows. It stays where it is while ingest has
   * left partitions of the topic behind, whose events are on time and not here yet.
   */
  private Optional<Instant> boundary(View view, BatchPlan plan, Dataset<Row> rows) {
    Optional<Instant> current = boundaries.current(view);
    if (new StreamProgress(spark, lake).behind(IngestJob.QUERY)) {
      LOG.info("batch: the boundary stays: ingest has not read every partition to its end");
      return current.map(at -> view.window().firstOpenAt(at).orElse(at));
    }

    // A rebuild may give the view other windows, on whose starts the old one does not lie.
    Optional<Instant> published = plan.kind() == Run.Kind.rebuild ? Optional.empty() : current;
    Optional<Instant> open = plan.newestEvent().map(newest -> firstOpenWindow(view, newest, rows));
    return open.flatMap(start -> plan.covered(view, published, start))
        .filter(start -> published.isEmpty() || start.isAfter(published.get()))
        .or(() -> published);
  }

  /** A clock ahead of ours does not move it: no event counts as later than now. */
  private Instant firstOpenWindow(View view, Instant newestEvent, Dataset<Row> rows) {
    Instant now = clock.instant();
    Duration lag = settings.serving().batchLag();
    Instant closed = (newestEvent.isBefore(now) ? newestEvent : now).minus(lag);
    return view.window().firstOpenAt(closed).orElseGet(() -> firstOpenSession(closed, rows));
  }

  private static Instant firstOpenSession(Instant closed, Dataset<Row> rows) {
    Row first =
        rows.where(col(View.WINDOW_END).gt(lit(closed)))
            .selectExpr("min(%s)".formatted(View.WINDOW_START))
            .first();
    return first.isNullAt(0) ? closed : first.getInstant(0);
  }

  private void publish(View view, Run run, boolean exactly) {
    Optional<Instant> published = boundaries.current(view);
    boolean restoredSince =
        runs.latest(view)
            .filter(newest -> newest.kind() == Run.Kind.restore)
            .filter(newest -> newest.version() > run.version())
            .isPresent();
    if (restoredSince) {
      return;
    }

    run.boundary()
        .filter(next -> !published.equals(Optional.of(next)))
        .filter(next -> exactly || published.isEmpty() || next.isAfter(published.get()))
        .ifPresent(
            next ->
                boundaries.publish(
                    view,
                    next,
                    Boundaries.Origin.batch,
                    clock.instant(),
                    settings.serving().settle()));
  }

  /** What was counted. */
  private record Result(
      long events, long duplicates, long withoutKey, long rows, Map<String, Long> nulls) {
    Run run(
        View view,
        BatchPlan plan,
        Optional<Instant> boundary,
        Instant startedAt,
        long startedNanos) {
      List<LocalDate> dates = plan.dates().map(some -> some.days()).orElse(List.of());
      return new Run(
          UUID.randomUUID().toString(),
          view.name(),
          plan.viewVersion(),
          plan.kind(),
          plan.reason(),
          plan.masterFrom(),
          plan.masterTo(),
          plan.completeTo(),
          dates,
          events,
          duplicates,
          withoutKey,
          rows,
          nulls,
          plan.newestEvent(),
          boundary,
          plan.kind() == Run.Kind.rebuild ? Optional.of(plan.viewVersion()) : Optional.empty(),
          view.definition(),
          plan.tableId(),
          plan.masterId(),
          startedAt,
          Duration.ofNanos(System.nanoTime() - startedNanos).toMillis());
    }
  }
}
