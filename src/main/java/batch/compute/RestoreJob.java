package batch.compute;

import common.ErrorCode;
import common.Failure;
import common.lake.Boundaries;
import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.lake.TableState;
import common.lake.ViewTables;
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
 * Restores an earlier version of a batch view in one commit. The next incremental run resumes from
 * the version of the master dataset up to which the restored version was complete.
 */
public final class RestoreJob {
  private static final Logger LOG = LoggerFactory.getLogger(RestoreJob.class);

  private final Lake lake;
  private final Boundaries boundaries;
  private final Runs runs;
  private final Settings settings;
  private final Clock clock;

  public RestoreJob(SparkSession spark, Settings settings, Clock clock) {
    this.lake = new Lake(spark, settings.lakeRoot());
    this.boundaries = new Boundaries(lake);
    this.runs = new Runs(lake);
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * Restores the version.
   *
   * @param version version of the batch view's table, as listed by {@code runs}
   * @throws Failure if the batch view or the version does not exist, if the version is older than
   *     the first run, if it was computed under a different definition of the view, or if vacuum
   *     has removed its files
   */
  public Run run(View view, long version, Optional<String> reason) throws InterruptedException {
    ViewTables tables = lake.of(view);
    if (!tables.batch().exists()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "Nothing to restore: %s has no batch view in %s".formatted(view.name(), lake.root()));
    }

    tables.createMissing();
    runs.record(view);
    Run source = source(tables, version);
    if (!source.output().definition().equals(view.definition())) {
      throw new Failure(
          ErrorCode.VIEW_DEFINITION_CHANGED,
          "Version %d of %s was computed under a different definition of the view: configure that definition first"
              .formatted(version, view.name()));
    }

    stepBack(view, source);
    Run restored =
        Commits.retried(
            "restore " + view.name(),
            conflicts -> restore(tables, source, version, reason, conflicts));
    runs.record(view);
    if (tables.speed().holdsAnotherDefinition()) {
      tables.speed().redefineEmpty();
    }

    return restored;
  }

  /**
   * The run that wrote the rows in this version. The run may have committed an earlier version,
   * because maintenance creates versions without changing rows.
   */
  private Run source(ViewTables tables, long version) {
    String name = tables.view().name();
    List<Run> all = runs.of(tables.view());
    if (version > tables.batch().state().version()) {
      throw new Failure(
          ErrorCode.VERSION_UNKNOWN,
          "There is no version %d of %s yet: see the runs command".formatted(version, name));
    }

    return all.stream()
        .filter(run -> run.output().version() <= version)
        .reduce((older, newer) -> newer)
        .orElseThrow(
            () ->
                new Failure(
                    ErrorCode.VERSION_UNKNOWN,
                    "Version %d of %s is older than its first run: use 'runs --view %s' to list the versions that can be restored"
                        .formatted(version, name, name)));
  }

  /**
   * Moves the boundary back before the rows change, so that no reader relies on rows that are about
   * to be replaced.
   */
  private void stepBack(View view, Run source) throws InterruptedException {
    Optional<Instant> current = boundaries.current(view);
    Instant target = source.output().boundary().orElse(Instant.EPOCH);
    if (current.isEmpty() || !target.isBefore(current.get())) {
      return;
    }

    Duration settle = settings.serving().settle();
    boundaries.publish(view, target, Boundaries.Origin.restore, clock.instant(), settle);
    LOG.info(
        "restore: moved the boundary back to {}; waiting {} s for readers that started earlier",
        target,
        settle.toSeconds());
    TimeUnit.MILLISECONDS.sleep(settle.toMillis());
  }

  private Run restore(
      ViewTables tables, Run source, long version, Optional<String> reason, long conflicts) {
    View view = tables.view();
    LakeTable table = tables.batch();
    Instant startedAt = clock.instant();
    TableState before = table.state();
    Run run =
        new Run(
            UUID.randomUUID().toString(),
            view.name(),
            Run.Kind.restore,
            Optional.of(reason.orElse("version " + version)),
            new Run.Input(
                source.input().masterId(),
                Optional.empty(),
                source.input().to(),
                source.input().completeTo(),
                source.input().newestEvent()),
            new Run.Counts(0, 0, 0, table.readAt(version).count(), Map.of()),
            new Run.Output(
                before.id(),
                before.version(),
                Optional.of(before.version()),
                source.output().definition(),
                Optional.empty(),
                source.output().boundary()),
            startedAt,
            0,
            conflicts);
    try {
      table.restoreTo(version, Runs.metadata(run));
      if (table.holdsAnotherDefinition()) {
        table.settleDefinition();
      }

      return run;
    } catch (Exception failed) {
      if (vacuumed(failed)) {
        throw new Failure(
            ErrorCode.VERSION_REMOVED,
            "Version %d of %s can no longer be restored: vacuum has removed some of its files"
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
