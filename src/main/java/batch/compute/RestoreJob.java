package batch.compute;

import common.ErrorCode;
import common.Failure;
import common.lake.Boundaries;
import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import common.settings.Settings;
import java.io.FileNotFoundException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings an earlier version of a batch view back, in one commit. The next incremental run takes up
 * from what that version had counted.
 */
public final class RestoreJob {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreJob.class);

  private final SparkSession spark;
  private final Lake lake;
  private final Boundaries boundaries;
  private final Runs runs;
  private final Settings settings;
  private final Clock clock;

  public RestoreJob(SparkSession spark, Settings settings, Clock clock) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.boundaries = new Boundaries(spark, lake);
    this.runs = new Runs(spark, lake);
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Restores the version.
   *
   * @param version of the batch view's table, as {@code runs} lists it
   * @throws Failure when no run wrote it, it holds another definition than the view now has, or
   *     vacuum has removed it
   */
  public Run run(View view, long version, Optional<String> reason) throws InterruptedException {
    if (!lake.batchView(view).exists()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "There is no run of %s in %s to restore".formatted(view.name(), lake.root()));
    }

    lake.createMissing(view);
    runs.record(view);
    Run source = source(view, version);
    if (!source.definition().equals(view.definition())) {
      throw new Failure(
          ErrorCode.VIEW_DEFINITION_CHANGED,
          "Version %d of %s holds an earlier definition of the view: set that definition again first"
              .formatted(version, view.name()));
    }

    stepBack(view, source);
    Run restored =
        Commits.retried("restore " + view.name(), () -> restore(view, source, version, reason));
    runs.record(view);
    LakeTable speed = lake.speedView(view);
    if (speed.holdsAnotherDefinition()) {
      speed.redefine(spark.createDataFrame(List.of(), speed.schema()), "");
    }

    return restored;
  }

  /** The run whose rows the version holds: maintenance makes versions too, with the same rows. */
  private Run source(View view, long version) {
    List<Run> all = runs.of(view);
    if (version > lake.batchView(view).version()) {
      throw new Failure(
          ErrorCode.VERSION_UNKNOWN,
          "There is no version %d of %s yet: see runs".formatted(version, view.name()));
    }

    return all.stream()
        .filter(run -> run.version() <= version)
        .reduce((older, newer) -> newer)
        .orElseThrow(
            () ->
                new Failure(
                    ErrorCode.VERSION_UNKNOWN,
                    "No run wrote version %d of %s: runs --view %s lists those that did"
                        .formatted(version, view.name(), view.name())));
  }

  /** First the boundary, then the rows: no reader may count on rows that are about to go. */
  private void stepBack(View view, Run source) throws InterruptedException {
    Optional<Instant> current = boundaries.current(view);
    Instant target = source.boundary().orElse(Instant.EPOCH);
    if (current.isEmpty() || !target.isBefore(current.get())) {
      return;
    }

    Duration settle = settings.serving().settle();
    boundaries.publish(view, target, Boundaries.Origin.restore, clock.instant(), settle);
    LOG.info(
        "restore: the boundary is back at {}; waiting {} s for readers that began before",
        target,
        settle.toSeconds());
    TimeUnit.MILLISECONDS.sleep(settle.toMillis());
  }

  private Run restore(View view, Run source, long version, Optional<String> reason) {
    LakeTable table = lake.batchView(view);
    Instant startedAt = clock.instant();
    long before = table.version();
    Run run =
        new Run(
            UUID.randomUUID().toString(),
            view.name(),
            before,
            Run.Kind.restore,
            Optional.of(reason.orElse("version " + version)),
            Optional.empty(),
            source.masterTo(),
            source.completeTo(),
            List.of(),
            0,
            0,
            0,
            table.readAt(version).count(),
            Map.of(),
            source.newestEvent(),
            source.boundary(),
            Optional.of(before),
            source.definition(),
            table.id(),
            source.masterId(),
            startedAt,
            0);
    try {
      table.committing(runs.metadata(run), () -> table.delta().restoreToVersion(version));
      if (table.holdsAnotherDefinition()) {
        table.settleDefinition();
      }

      return run;
    } catch (Exception failed) {
      if (vacuumed(failed)) {
        throw new Failure(
            ErrorCode.VERSION_REMOVED,
            "Version %d of %s is gone: vacuum has removed files of it"
                .formatted(version, view.name()),
            failed);
      }

      throw failed;
    }
  }

  private static boolean vacuumed(Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
        .anyMatch(
            cause ->
                cause instanceof FileNotFoundException
                    || String.valueOf(cause.getMessage()).startsWith("Not all files from version")
                    || cause.getClass().getSimpleName().equals("VersionNotFoundException"));
  }
}
