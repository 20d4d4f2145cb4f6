package batch.compute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import batch.alerts.AlertReview;
import batch.ingest.IngestJob;
import common.ErrorCode;
import common.Failure;
import common.event.EventSchema;
import common.lake.Baselines;
import common.lake.Boundaries;
import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.lake.ViewTables;
import common.metrics.View;
import common.ops.FailedRun;
import common.ops.Run;
import common.ops.Runs;
import common.ops.StreamProgress;
import common.session.JobDescription;
import common.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes a view from the master dataset: the whole view, or the windows that start on given
 * dates. The new rows replace those dates in one commit. Reruns are idempotent. The boundary is
 * published after the commit.
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
    this.boundaries = new Boundaries(lake);
    this.runs = new Runs(lake);
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Computes the requested part of the view and publishes the view's boundary. A run that fails is
   * recorded with its error.
   *
   * @throws Failure when there is no master dataset yet, or the view's tables hold rows of another
   *     definition and no rebuild is requested
   */
  public Run run(View view, BatchRequest request) {
    if (!lake.master().exists()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "No master dataset in %s: run ingest first".formatted(lake.root()));
    }

    Instant startedAt = clock.instant();
    long startedNanos = System.nanoTime();
    AtomicLong conflicts = new AtomicLong();
    try {
      return JobDescription.during(
          spark, "batch " + view.name(), () -> computed(view, request, conflicts));
    } catch (Exception failed) {
      // Spark throws checked exceptions without declaring them.
      recordFailure(
          new FailedRun(
              UUID.randomUUID().toString(),
              view.name(),
              request.kind(),
              settings.secrets().redact(Failure.reason(failed)),
              startedAt,
              millisSince(startedNanos),
              conflicts.get()),
          failed);
      throw failed;
    }
  }

  private void recordFailure(FailedRun run, Exception failed) {
    try {
      runs.recordFailure(run);
    } catch (RuntimeException unrecorded) {
      failed.addSuppressed(unrecorded);
    }
  }

  /**
   * Computes and commits the view.
   *
   * @param conflicts set to the number of conflicting attempts so far, until a run record contains
   *     that number
   */
  private Run computed(View view, BatchRequest request, AtomicLong conflicts) {
    ViewTables tables = lake.of(view);
    boolean rebuild = request instanceof BatchRequest.Rebuild;
    if (rebuild) {
      tables.createMissing();
    } else {
      tables.create();
    }

    AlertReview alerts = new AlertReview(spark, lake, clock);
    // A run is recorded only after its alerts have been reviewed, so a run without a record was
    // killed before its review was complete.
    List<Run> killed = runs.unrecorded(view);
    if (!rebuild) {
      killed.forEach(run -> alerts.review(view, run));
    }

    if (!killed.isEmpty()) {
      runs.record(view);
    }

    Run run =
        Commits.retried(
            "batch " + view.name(),
            earlier -> {
              conflicts.set(earlier);
              return attempt(tables, request, earlier);
            });
    conflicts.set(0);
    alerts.review(view, run);
    runs.record(view);
    publish(view, run, rebuild);
    if (rebuild && tables.speed().holdsAnotherDefinition()) {
      LOG.info("batch: emptying the speed view of {} for the new definition", view.name());
      tables.speed().redefineEmpty();
    }

    return run;
  }

  private Run attempt(ViewTables tables, BatchRequest request, long conflicts) {
    View view = tables.view();
    Instant startedAt = clock.instant();
    long startedNanos = System.nanoTime();
    BatchPlan plan = plan(tables, request);
    if (plan instanceof BatchPlan.Idle) {
      Optional<Instant> boundary = boundary(view, plan, tables.batch().read());
      baselines(view).publishNext(boundary, tables.batch().read());
      Run idle =
          plan.run(
              view, Run.Counts.NONE, boundary, conflicts, startedAt, millisSince(startedNanos));
      runs.recordIdle(idle);
      return idle;
    }

    LOG.info(
        "batch: computing {} of {} from version {} of the master dataset",
        plan.replacedDates().map(Object::toString).orElse("all"),
        view.name(),
        plan.basis().input().to());
    Dataset<Row> master = lake.master().readAt(plan.basis().input().to());
    try (BatchComputation computation =
        BatchComputation.of(view, master, plan.replacedDates(), startedAt)) {
      Optional<Instant> boundary = boundary(view, plan, computation.computed());
      if (!view.baselineMeasures().isEmpty()) {
        JobDescription.step(
            spark,
            "publish baselines",
            () ->
                computation.judgeBy(
                    baselines(view).publish(plan, boundary, computation.wanted(), tables.batch())));
      }

      Run.Counts counts = JobDescription.step(spark, "count", computation::counts);
      Run run = plan.run(view, counts, boundary, conflicts, startedAt, millisSince(startedNanos));
      JobDescription.step(
          spark,
          "commit",
          () ->
              new BatchCommitter(view, tables.batch(), runs)
                  .commit(computation.wanted(), plan, run));
      return run;
    }
  }

  private BatchPlan plan(ViewTables tables, BatchRequest request) {
    LakeTable master = lake.master();
    // Read first, so that the committer detects any run committed from here on.
    Optional<Run> latest = runs.latest(tables.view());
    BatchPlanner planner =
        new BatchPlanner(tables.view(), request, master.state(), tables.batch().state(), latest);
    long to = planner.master().version();
    Optional<Map<LocalDate, Instant>> changes =
        planner
            .changesAfter()
            .flatMap(from -> new MasterChanges(spark, master).newestByDate(from, to));
    return changes.map(planner::incremental).orElseGet(() -> whole(planner, master.readAt(to)));
  }

  private BaselinePublisher baselines(View view) {
    return new BaselinePublisher(view, new Baselines(lake), settings.serving().baseline(), clock);
  }

  private static BatchPlan whole(BatchPlanner planner, Dataset<Row> master) {
    Row times =
        master.agg(min(EventSchema.EVENT_TIMESTAMP), max(EventSchema.EVENT_TIMESTAMP)).first();
    return planner.whole(
        Optional.ofNullable(times.getInstant(0)), Optional.ofNullable(times.getInstant(1)));
  }

  private Optional<Instant> boundary(View view, BatchPlan plan, Dataset<Row> rows) {
    boolean behind = new StreamProgress(spark, lake).behind(IngestJob.QUERY);
    if (behind) {
      LOG.info("batch: the boundary does not move: ingest has not caught up on every partition");
    }

    return new BoundaryRule(view, settings.serving().batchLag())
        .after(
            plan,
            boundaries.current(view),
            clock.instant(),
            behind,
            closed -> firstOpenSession(closed, rows));
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
            .filter(newest -> newest.output().version() > run.output().version())
            .isPresent();
    if (restoredSince) {
      return;
    }

    run.output()
        .boundary()
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

  private static long millisSince(long startedNanos) {
    return Duration.ofNanos(System.nanoTime() - startedNanos).toMillis();
  }
}
