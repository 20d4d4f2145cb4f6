package serving.compaction;

import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import common.ErrorCode;
import common.Failure;
import common.lake.Boundaries;
import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import common.settings.Settings;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * Deletes speed rows that the batch view covers, in one atomic commit. Rows within {@code
 * speed.retention} of the newest window, rows from the boundary on, and rows without a matching
 * batch row are kept.
 */
public final class CompactionJob {
  /** Table property of a speed view: windows that start before it may have been deleted. */
  public static final String COMPACTED_TO = "lambda.compacted-to";

  private final Lake lake;
  private final Boundaries boundaries;
  private final Settings settings;
  private final Clock clock;

  public CompactionJob(SparkSession spark, Settings settings, Clock clock) {
    this.lake = new Lake(spark, settings.lakeRoot());
    this.boundaries = new Boundaries(lake);
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * The result of a run.
   *
   * @param deleted rows deleted
   * @param before upper bound, exclusive, of the window starts considered for deletion; empty while
   *     no boundary has settled or the speed view is empty
   * @param uncovered rows before that bound that were kept because the batch view has no matching
   *     row
   */
  public record Report(long deleted, Optional<Instant> before, long uncovered) {}

  /** The given views that have both layers. */
  public List<View> existing(Collection<View> views) {
    return views.stream()
        .filter(view -> lake.speedView(view).exists() && lake.batchView(view).exists())
        .toList();
  }

  public Report run(View view) {
    LakeTable speed = lake.speedView(view);
    if (!speed.exists() || !lake.batchView(view).exists()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "No speed view of %s in %s yet".formatted(view.name(), lake.root()));
    }

    speed.requireFit();
    lake.batchView(view).requireFit();
    Row dates = speed.read().agg(min(View.EVENT_DATE), max(View.WINDOW_START)).first();
    Optional<Instant> before =
        boundaries
            .settled(view, clock.instant(), settings.serving().settle())
            .flatMap(boundary -> earlier(boundary, dates));
    if (before.isEmpty()) {
      return new Report(0, Optional.empty(), 0);
    }

    Column old = col(View.WINDOW_START).lt(lit(before.get()));
    if (speed.read().where(old).isEmpty()) {
      return new Report(0, before, 0);
    }

    announce(speed, before.get());
    long deleted =
        Commits.retried(
            "compact " + view.name(),
            () -> delete(view, speed, old, dates.getLocalDate(0), before.get()));
    return new Report(deleted, before, speed.read().where(old).count());
  }

  private Optional<Instant> earlier(Instant boundary, Row dates) {
    if (dates.isNullAt(1)) {
      return Optional.empty();
    }

    Instant retained = dates.getInstant(1).minus(settings.speed().retention());
    return Optional.of(retained.isBefore(boundary) ? retained : boundary);
  }

  /**
   * Publishes the bound before the delete, so that a concurrent reconciliation does not expect the
   * deleted rows.
   */
  private static void announce(LakeTable speed, Instant before) {
    boolean known =
        speed
            .state()
            .property(COMPACTED_TO)
            .map(Instant::parse)
            .filter(to -> !to.isBefore(before))
            .isPresent();
    if (!known) {
      Commits.retried(
          "compact " + speed.path(), () -> speed.setProperty(COMPACTED_TO, before.toString()));
    }
  }

  private long delete(View view, LakeTable speed, Column old, LocalDate oldest, Instant before) {
    Column[] window = view.rowKey().stream().map(functions::col).toArray(Column[]::new);
    Dataset<Row> covered =
        lake.batchView(view)
            .read()
            .where(old.and(col(View.EVENT_DATE).geq(lit(oldest))))
            .select(window);
    String sameWindow =
        view.rowKey().stream()
            .map(column -> "kept.%1$s = other.%1$s".formatted(column))
            .collect(joining(" AND "));
    // Literal dates keep this commit from conflicting with commits of a running speed job.
    String literal =
        "kept.%1$s >= DATE'%2$s' AND kept.%1$s <= DATE'%3$s'"
            .formatted(View.EVENT_DATE, oldest, LocalDate.ofInstant(before, ZoneOffset.UTC));
    return speed.deleteMatched(covered, literal + " AND " + sameWindow);
  }
}
