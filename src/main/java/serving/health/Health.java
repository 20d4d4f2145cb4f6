package serving.health;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import common.Failure;
import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.DateRange;
import common.metrics.Dates;
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
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import serving.reconcile.Reconciler;
import serving.reconcile.Reconciliation;

/** How the layers of a view do, each against its threshold. */
public final class Health {
  private final SparkSession spark;
  private final Lake lake;
  private final Settings settings;
  private final Clock clock;

  public Health(SparkSession spark, Settings settings, Clock clock) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.settings = settings;
    this.clock = clock;
  }

  /** From well to must be looked after now. */
  public enum Light {
    green,
    yellow,
    red
  }

  /** One thing looked at. */
  public record Check(String view, String what, Light light, String detail) {}

  public List<Check> of(View view) {
    LakeTable batch = lake.batchView(view);
    LakeTable speed = lake.speedView(view);
    if (!batch.exists() || !speed.exists()) {
      return List.of(new Check(view.name(), "tables", Light.yellow, "no run yet"));
    }

    try {
      batch.requireFit();
      speed.requireFit();
    } catch (Failure unfit) {
      return List.of(new Check(view.name(), "tables", Light.red, unfit.getMessage()));
    }

    List<Check> checks = new ArrayList<>();
    checks.add(batch(view));
    Dataset<Row> progress = new StreamProgress(spark, lake).ofSpeedView(view);
    checks.add(speed(view, progress));
    checks.add(hole(view));
    checks.add(ledger(view, progress));
    checks.add(agreement(view));
    return checks;
  }

  private Check batch(View view) {
    Optional<Run> latest = new Runs(lake).latest(view);
    if (latest.isEmpty()) {
      return new Check(view.name(), "batch", Light.yellow, "no run yet");
    }

    String boundary = new Boundaries(lake).current(view).map(Instant::toString).orElse("none");
    return aged(
        view,
        "batch",
        latest.get().startedAt(),
        settings.status().batchAge(),
        "boundary " + boundary);
  }

  private Check speed(View view, Dataset<Row> progress) {
    Row last = progress.agg(max("started_at"), max("newest_event")).first();
    if (last.isNullAt(0)) {
      return new Check(view.name(), "speed", Light.yellow, "no speed job has run");
    }

    String newest = last.isNullAt(1) ? "no event yet" : "newest event " + last.getInstant(1);
    return aged(view, "speed", last.getInstant(0), settings.status().speedAge(), newest);
  }

  private Check aged(View view, String what, Instant last, Duration limit, String more) {
    Duration age = Duration.between(last, clock.instant());
    boolean old = age.compareTo(limit) > 0;
    return new Check(
        view.name(),
        what,
        old ? Light.yellow : Light.green,
        "last at %s%s; %s".formatted(last, old ? ", longer ago than " + limit : "", more));
  }

  /**
   * Windows from the boundary on that the speed view does not reach back to: lost ones that the
   * master has and no layer shows, and those that {@code speed.retention} no longer promises.
   */
  private Check hole(View view) {
    Optional<Instant> boundary = new Boundaries(lake).current(view);
    Row speed =
        lake.speedView(view).read().agg(min(View.WINDOW_START), max(View.WINDOW_START)).first();
    if (boundary.isEmpty() || speed.isNullAt(0)) {
      return new Check(view.name(), "hole", Light.green, "the batch view answers alone");
    }

    Optional<Instant> computed =
        new Runs(lake).latest(view).flatMap(run -> run.output().boundary());
    Row hidden = hidden(view, computed.orElse(Instant.EPOCH), boundary.get());
    if (!hidden.isNullAt(0)) {
      return new Check(
          view.name(),
          "hole",
          Light.red,
          "%s to %s: hidden, the boundary was set ahead of the batch view; run batch, or boundary --set %s"
              .formatted(
                  hidden.getInstant(0),
                  hidden.getInstant(1),
                  computed.map(Instant::toString).orElse("earlier")));
    }

    Instant retained = speed.getInstant(1).minus(settings.speed().retention());
    if (retained.isAfter(boundary.get())) {
      return new Check(
          view.name(),
          "hole",
          Light.red,
          "%s to %s: speed.retention (%s) no longer reaches back to the boundary; run batch"
              .formatted(boundary.get(), retained, settings.speed().retention()));
    }

    Instant reach = speed.getInstant(0);
    if (!reach.isAfter(boundary.get()) || !lake.master().exists()) {
      return new Check(view.name(), "hole", Light.green, "speed reaches back to " + reach);
    }

    Row lost = lost(view, boundary.get(), reach);
    return lost.isNullAt(0)
        ? new Check(view.name(), "hole", Light.green, "nothing lies between the layers")
        : new Check(
            view.name(),
            "hole",
            Light.red,
            "%s to %s: in the master, and in no layer; run batch"
                .formatted(lost.getInstant(0), lost.getInstant(1)));
  }

  /** Speed rows between where the batch view is computed to and a boundary further ahead. */
  private Row hidden(View view, Instant computed, Instant boundary) {
    Column ahead =
        col(View.WINDOW_START).geq(lit(computed)).and(col(View.WINDOW_START).lt(lit(boundary)));
    return lake.speedView(view)
        .read()
        .where(ahead)
        .agg(min(View.WINDOW_START), max(View.WINDOW_END))
        .first();
  }

  private Row lost(View view, Instant boundary, Instant reach) {
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
    return Metrics.aggregate(events, view)
        .where(between)
        .join(lake.batchView(view).read().where(between), Reconciler.window(view), "left_anti")
        .agg(min(View.WINDOW_START), max(View.WINDOW_END))
        .first();
  }

  private Check ledger(View view, Dataset<Row> progress) {
    Row sums =
        progress
            .where(col("started_at").geq(lit(clock.instant().minus(settings.status().batchAge()))))
            .agg(
                count_if(
                    col("read")
                        .notEqual(
                            col("counted")
                                .plus(col("duplicate"))
                                .plus(col("late"))
                                .plus(col("rejected")))),
                count_if(col("read").lt(col("spanned"))),
                count_if(col("read").isNull()))
            .first();
    if (sums.getLong(0) > 0) {
      return new Check(
          view.name(),
          "ledger",
          Light.red,
          "%,d micro-batches do not add up: see ops/stream_progress".formatted(sums.getLong(0)));
    }

    if (sums.getLong(1) > 0) {
      return new Check(
          view.name(),
          "ledger",
          Light.yellow,
          "%,d micro-batches found fewer records than offsets".formatted(sums.getLong(1)));
    }

    return new Check(
        view.name(),
        "ledger",
        Light.green,
        "all recent records accounted for; %,d micro-batches of killed jobs by offsets alone"
            .formatted(sums.getLong(2)));
  }

  private Check agreement(View view) {
    LakeTable table = lake.table("ops/reconciliation", Reconciliation.SCHEMA, List.of("view"));
    List<Row> last =
        table.exists()
            ? table
                .read()
                .where(col("view").equalTo(view.name()))
                .orderBy(col("at").desc())
                .select("at", "windows", "unexplained")
                .limit(1)
                .collectAsList()
            : List.of();
    if (last.isEmpty()) {
      return new Check(view.name(), "agreement", Light.yellow, "reconcile has not run yet");
    }

    Row found = last.get(0);
    return new Check(
        view.name(),
        "agreement",
        found.getLong(2) == 0 ? Light.green : Light.red,
        "%,d windows compared at %s, %,d differ unexplained"
            .formatted(found.getLong(1), found.getInstant(0), found.getLong(2)));
  }
}
