package serving.reconcile;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.sum;

import common.ErrorCode;
import common.Failure;
import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.Agreement;
import common.metrics.Dates;
import common.metrics.Measure;
import common.metrics.View;
import common.ops.StreamProgress;
import common.settings.Settings;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import serving.compaction.CompactionJob;

/**
 * Compares the windows that both layers have closed: windows before the boundary that the speed
 * view has covered and compaction has not reached. The result is appended to {@code
 * ops/reconciliation}.
 */
public final class Reconciler {
  private static final Logger LOG = LoggerFactory.getLogger(Reconciler.class);
  private static final String BATCH = "batch_row";
  private static final String SPEED = "speed_row";
  private static final String AGREES = "agrees";

  private final SparkSession spark;
  private final Lake lake;
  private final Settings settings;
  private final Clock clock;

  public Reconciler(SparkSession spark, Settings settings, Clock clock) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Compares the view's layers.
   *
   * @param from earliest window start; empty for the earliest that can be compared
   * @param to end of the range of window starts, exclusive; empty, or later than the boundary, for
   *     the boundary
   * @return empty when no window is closed in both layers, or all of them have been compacted
   * @throws Failure when a layer has no data yet or holds rows of another definition
   */
  public Optional<Reconciliation> run(View view, Optional<Instant> from, Optional<Instant> to) {
    LakeTable speed = lake.speedView(view);
    Instant boundary =
        new Boundaries(lake)
            .current(view)
            .orElseThrow(
                () ->
                    new Failure(
                        ErrorCode.DATA_MISSING,
                        "No boundary for %1$s yet: run batch --view %1$s first"
                            .formatted(view.name())));
    lake.batchView(view).requireFit();
    speed.requireFit();
    Dataset<Row> progress = new StreamProgress(spark, lake).ofSpeedView(view);
    Instant begin = latest(from, Optional.of(start(view, speed, progress)));
    Instant end = to.filter(wanted -> wanted.isBefore(boundary)).orElse(boundary);

    if (!begin.isBefore(end)) {
      LOG.info("reconcile: the speed view begins at {}, the boundary is {}", begin, end);
      return Optional.empty();
    }

    Agreement agreement = new Agreement(view, speed.schema(), settings.reconcile().tolerance());
    Dataset<Row> compared =
        compared(view, agreement, begin, end).persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Reconciliation found = summary(view, agreement, compared, progress, begin, end);
      new Reconciliations(lake).append(found);
      return Optional.of(found);
    } finally {
      compared.unpersist();
    }
  }

  /** Earliest comparable window start; older speed rows were compacted or never existed. */
  private Instant start(View view, LakeTable speed, Dataset<Row> progress) {
    Optional<Instant> compactedTo =
        speed.state().property(CompactionJob.COMPACTED_TO).map(Instant::parse);
    Row oldest = progress.agg(min("oldest_event")).first();
    Row earliest = speed.read().agg(min(View.WINDOW_START)).first();
    Optional<Instant> began =
        oldest.isNullAt(0)
            ? Optional.ofNullable(earliest.isNullAt(0) ? null : earliest.getInstant(0))
            : Optional.of(
                view.window().firstOpenAt(oldest.getInstant(0)).orElse(oldest.getInstant(0)));
    if (began.isEmpty()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "The speed view of %1$s is empty: run speed --view %1$s first".formatted(view.name()));
    }

    return latest(compactedTo, began);
  }

  private static Instant latest(Optional<Instant> one, Optional<Instant> other) {
    return Stream.of(one, other).flatMap(Optional::stream).max(Instant::compareTo).orElseThrow();
  }

  /**
   * One row per window: keys, start, date, both layers' rows as structs, and whether they agree.
   */
  private Dataset<Row> compared(View view, Agreement agreement, Instant begin, Instant end) {
    Column inRange =
        col(View.WINDOW_START).geq(lit(begin)).and(col(View.WINDOW_START).lt(lit(end)));
    Dataset<Row> batch = named(lake.batchView(view).read().where(inRange), view, BATCH);
    Dataset<Row> speed = named(lake.speedView(view).read().where(inRange), view, SPEED);
    return batch
        .join(speed, view.rowKey().toArray(String[]::new), "full")
        .withColumn(AGREES, agreement.holds(BATCH, SPEED));
  }

  /** Each row as a struct column of the given name, beside its row key. */
  static Dataset<Row> named(Dataset<Row> rows, View view, String name) {
    Column[] selected =
        Stream.concat(view.rowKey().stream().map(functions::col), Stream.of(struct("*").as(name)))
            .toArray(Column[]::new);
    return rows.select(selected);
  }

  private Reconciliation summary(
      View view,
      Agreement agreement,
      Dataset<Row> compared,
      Dataset<Row> progress,
      Instant begin,
      Instant end) {
    Column inBoth = col(BATCH).isNotNull().and(col(SPEED).isNotNull());
    Row counts =
        compared
            .agg(
                count(lit(1)),
                count_if(col(AGREES)),
                count_if(col(BATCH).isNull()),
                count_if(col(SPEED).isNull()),
                count_if(inBoth.and(col(AGREES).unary_$bang())))
            .first();
    Map<String, Long> causes = Map.of();
    long differing = counts.getLong(0) - counts.getLong(1);
    if (differing > 0) {
      Dataset<Row> apart = compared.where(col(AGREES).unary_$bang());
      List<LocalDate> days =
          apart.select(View.EVENT_DATE).distinct().as(Encoders.LOCALDATE()).collectAsList();
      causes = new Explanation(lake, settings, view, agreement).of(apart, Dates.of(days), progress);
    }

    long explained = causes.values().stream().mapToLong(Long::longValue).sum();
    Row read = progress.agg(sum("late"), sum("read")).first();
    boolean accounted = !read.isNullAt(1) && read.getLong(1) > 0;
    return new Reconciliation(
        view.name(),
        clock.instant(),
        begin,
        end,
        counts.getLong(0),
        counts.getLong(1),
        counts.getLong(2),
        counts.getLong(3),
        counts.getLong(4),
        differing - explained,
        causes,
        accounted ? (double) read.getLong(0) / read.getLong(1) : null,
        differences(view, agreement, compared.where(inBoth)));
  }

  private static List<Reconciliation.Difference> differences(
      View view, Agreement agreement, Dataset<Row> inBoth) {
    List<Reconciliation.Difference> differences = new ArrayList<>();
    for (Measure measure : view.measures()) {
      Row row =
          inBoth
              .select(agreement.difference(measure, BATCH, SPEED).as("d"))
              .agg(
                  count_if(col("d").gt(agreement.limit(measure))),
                  expr("percentile(d, 0.5)"),
                  expr("percentile(d, 0.99)"),
                  max("d"))
              .first();
      differences.add(
          new Reconciliation.Difference(
              measure.name(),
              agreement.limit(measure),
              row.getLong(0),
              orZero(row, 1),
              orZero(row, 2),
              orZero(row, 3)));
    }

    return differences;
  }

  private static double orZero(Row row, int column) {
    return row.isNullAt(column) ? 0 : row.getDouble(column);
  }
}
