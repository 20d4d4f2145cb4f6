package batch.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import batch.ingest.IngestJob;
import common.Failure;
import common.lake.Boundaries;
import common.lake.LakeTable;
import common.metrics.DateRange;
import common.metrics.View;
import common.metrics.Window;
import common.ops.Run;
import common.ops.Runs;
import common.ops.StreamAccount;
import common.ops.StreamProgress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Records;
import testing.TestLake;

/** Incremental runs, rebuilds and restores, and their records. */
class IncrementalIT {
  private static final Instant NOW = Instant.parse("2026-02-10T00:00:00Z");

  @TempDir private static Path shared;

  /** Three days of events. */
  private static TestLake arrived;

  /** The same events and the view computed from them. */
  private static TestLake computed;

  @TempDir private Path folder;
  private TestLake lake;
  private View days;

  @BeforeAll
  static void buildOnce() throws Exception {
    arrived =
        new TestLake(
            shared.resolve("arrived"), TestLake.fewMeasures("serving.settle", "0 seconds"));
    arrived.arrive(
        Records.event("1", "d", "2026-01-29T10:00:00Z", 1),
        Records.event("2", "d", "2026-01-30T10:00:00Z", 2),
        Records.event("3", "d", "2026-01-31T10:00:00Z", 3));
    computed = arrived.copy(shared.resolve("computed"));
    new BatchJob(computed.spark(), computed.settings(), clock())
        .run(computed.view("device_daily_metrics"), new BatchRequest.Whole());
  }

  private void start(TestLake built) throws Exception {
    lake = built.copy(folder);
    days = lake.view("device_daily_metrics");
  }

  @Test
  void theFirstRunComputesAllAndTheNextOnlyWhatNewEventsTouched() throws Exception {
    start(arrived);
    Run first = run(new BatchRequest.Incremental());
    assertThat(first.counts().rows()).isEqualTo(3);
    Object untouched = day("2026-01-30").getAs(View.COMPUTED_AT);

    lake.arrive(Records.event("late", "d", "2026-01-29T11:00:00Z", 9));
    lake.arrive(Records.event("new", "d", "2026-02-01T10:00:00Z", 4));
    Run second = run(new BatchRequest.Incremental());

    assertThat(second.output().dates().orElseThrow().days())
        .containsExactly(LocalDate.parse("2026-01-29"), LocalDate.parse("2026-02-01"));
    assertThat(second.input().from()).isEqualTo(Optional.of(first.input().to()));
    assertThat(second.input().to()).isEqualTo(first.input().to() + 2);
    assertThat(second.counts().events()).isEqualTo(3);
    assertThat(counts())
        .containsExactly("2026-01-29=2", "2026-01-30=1", "2026-01-31=1", "2026-02-01=1");
    assertThat(day("2026-01-30").<Object>getAs(View.COMPUTED_AT)).isEqualTo(untouched);
    assertThat(second.output().boundary()).hasValue(Instant.parse("2026-02-01T00:00:00Z"));
  }

  @Test
  void runningItTwiceChangesNothingAndIsRecorded() throws Exception {
    start(arrived);
    run(new BatchRequest.Incremental());
    long version = lake.lake().batchView(days).state().version();

    Run again = run(new BatchRequest.Incremental());

    assertThat(again.counts().rows()).isZero();
    assertThat(lake.lake().batchView(days).state().version()).isEqualTo(version);
    assertThat(runs()).hasSize(2);
    assertThat(again.output().boundary()).isEqualTo(runs().get(0).output().boundary());
  }

  @Test
  void aRunTellsWhatItReadAndWrote() throws Exception {
    start(arrived);
    lake.arrive(
        Records.event("1", "d", "2026-01-29T10:00:00Z", 1),
        "{\"deviceId\":\"e\",\"eventTimestamp\":\"2026-01-29T10:00:00Z\"}");

    Run run = run(new BatchRequest.Whole());

    Run kept = runs().get(0);
    assertThat(kept).isEqualTo(run.committedAs(kept.output().version()));
    assertThat(kept.counts().duplicates()).isEqualTo(1);
    assertThat(kept.counts().nulls())
        .containsEntry("avg_temperature", 1L)
        .containsEntry("event_count", 0L);
    assertThat(kept.input().newestEvent()).hasValue(Instant.parse("2026-01-31T10:00:00Z"));
    assertThat(kept.output().version()).isEqualTo(lake.lake().batchView(days).state().version());
  }

  @Test
  void datesComputedByHandDoNotHideWhatElseIsNew() throws Exception {
    start(computed);
    lake.arrive(
        Records.event("4", "d", "2026-01-29T12:00:00Z", 1),
        Records.event("5", "d", "2026-01-30T12:00:00Z", 1));

    LocalDate day = LocalDate.parse("2026-01-30");
    run(new BatchRequest.Days(new DateRange(day, day)));
    Run next = run(new BatchRequest.Incremental());

    assertThat(next.output().dates().orElseThrow().days()).contains(LocalDate.parse("2026-01-29"));
    assertThat(counts()).containsExactly("2026-01-29=2", "2026-01-30=2", "2026-01-31=1");
  }

  @Test
  void aRunThatWasKilledBeforeItWasRecordedIsRecordedByTheNext() throws Exception {
    start(computed);
    deleteRecursively(folder.resolve("ops/runs"));
    deleteRecursively(folder.resolve("serving/boundary"));
    lake.arrive(Records.event("4", "d", "2026-01-30T12:00:00Z", 1));

    Run next = run(new BatchRequest.Incremental());

    assertThat(next.output().dates().orElseThrow().days())
        .containsExactly(LocalDate.parse("2026-01-30"));
    assertThat(runs()).extracting(Run::kind).containsExactly(Run.Kind.full, Run.Kind.incremental);
    assertThat(boundary()).hasValue(Instant.parse("2026-01-31T00:00:00Z"));
  }

  @Test
  void aDefinitionThatWasSetAgainIsRestoredEvenFromTheCommitThatMadeIt() throws Exception {
    start(computed);
    View changed = with(new Window.Tumbling(Duration.ofHours(12)), days.name());
    BatchJob job = new BatchJob(lake.spark(), lake.settings(), clock());
    job.run(changed, new BatchRequest.Rebuild("half days"));
    long moved = new Runs(lake.lake()).latest(changed).orElseThrow().output().version();
    String emptied = lake.lake().speedView(changed).state().incarnation();
    run(new BatchRequest.Rebuild("whole days again"));
    assertThat(lake.lake().speedView(days).state().incarnation()).isNotEqualTo(emptied);

    new RestoreJob(lake.spark(), lake.settings(), clock()).run(changed, moved, Optional.empty());

    lake.lake().batchView(changed).requireFit();
    assertThat(job.run(changed, new BatchRequest.Incremental()).counts().rows()).isZero();
  }

  @Test
  void aRunThatAnotherOvertookIsComputedAgain() throws Exception {
    start(computed);
    List<Run> overtaking = new ArrayList<>();
    Clock slow =
        new Clock() {
          private int asked;

          @Override
          public Instant instant() {
            // Called when the run starts, when it is planned, and when it decides on the boundary,
            // before it commits.
            if (++asked == 3) {
              lake.arrive(Records.event("4", "d", "2026-02-02T12:00:00Z", 1));
              overtaking.add(IncrementalIT.this.run(new BatchRequest.Incremental()));
            }

            return NOW;
          }

          @Override
          public ZoneId getZone() {
            return ZoneOffset.UTC;
          }

          @Override
          public Clock withZone(ZoneId zone) {
            return this;
          }
        };

    Run run = new BatchJob(lake.spark(), lake.settings(), slow).run(days, new BatchRequest.Whole());

    assertThat(overtaking)
        .singleElement()
        .satisfies(other -> assertThat(other.counts().rows()).isEqualTo(1));
    assertThat(run.input().to()).isEqualTo(overtaking.get(0).input().to());
    assertThat(runs()).extracting(Run::conflicts).containsExactly(0L, 0L, 1L);
    assertThat(counts()).hasSize(4);
  }

  @Test
  void aRunThatWasCommittedBetweenPlanAndCommitIsNoticed() throws Exception {
    start(arrived);
    Run planned = run(new BatchRequest.Whole());
    Run between = run(new BatchRequest.Whole());
    Run committed = run(new BatchRequest.Whole());
    List<String> ids = runs().stream().map(Run::id).toList();

    BatchCommitter.requireNothingBetween(Optional.of(between.id()), committed, ids);
    assertThatThrownBy(
            () -> BatchCommitter.requireNothingBetween(Optional.of(planned.id()), committed, ids))
        .isInstanceOf(ConcurrentModificationException.class);
  }

  @Test
  void theBoundaryStaysWhileIngestHasLeftAPartitionBehind() throws Exception {
    start(arrived);
    run(new BatchRequest.Incremental());
    Optional<Instant> before = boundary();
    lake.arrive(Records.event("4", "d", "2026-02-04T12:00:00Z", 1));

    ingested(NOW, 10, 20);
    assertThat(run(new BatchRequest.Incremental()).counts().rows()).isEqualTo(1);
    assertThat(boundary()).isEqualTo(before);

    ingested(NOW.plusSeconds(1), 20, 20);
    run(new BatchRequest.Incremental());
    assertThat(boundary()).hasValue(Instant.parse("2026-02-04T00:00:00Z"));
  }

  private void ingested(Instant at, long end, long latest) {
    new StreamProgress(lake.spark(), lake.lake())
        .append(
            List.of(
                new StreamAccount(
                    IngestJob.QUERY,
                    "id",
                    0,
                    at,
                    1,
                    List.of(
                        new StreamAccount.OffsetRange("events", 0, 0, 20, 20),
                        new StreamAccount.OffsetRange("events", 1, 0, end, latest)),
                    Optional.empty(),
                    Optional.empty(),
                    Optional.empty(),
                    StreamAccount.Observed.NOTHING,
                    StreamAccount.State.EMPTY)));
  }

  @Test
  void aTableWhoseCreationWasKilledIsCreated() throws Exception {
    start(arrived);
    View view = lake.view("user_activity_summary");
    Files.createDirectories(folder.resolve("batch/user_activity_summary/_delta_log"));
    assertThat(lake.lake().batchView(view).exists()).isFalse();

    Run run =
        new BatchJob(lake.spark(), lake.settings(), clock()).run(view, new BatchRequest.Whole());

    assertThat(run.counts().withoutKey()).isEqualTo(3);
  }

  @Test
  void compactionOfTheMasterIsNoNews() throws Exception {
    start(arrived);
    lake.arrive(Records.event("4", "d", "2026-01-30T12:00:00Z", 1));
    run(new BatchRequest.Whole());
    lake.lake().master().delta().optimize().executeCompaction();

    Run idle = run(new BatchRequest.Incremental());

    assertThat(idle.counts().rows()).isZero();
    assertThat(idle.input().completeTo()).hasValue(lake.lake().master().state().version());
  }

  @Test
  void changesThatAreNoLongerKeptLeadToAWholeRun() throws Exception {
    start(computed);
    lake.arrive(Records.event("4", "d", "2026-01-30T12:00:00Z", 1));
    lake.lake().master().delta().optimize().executeCompaction();
    removeUnusedFiles(lake.lake().master());

    Run run = run(new BatchRequest.Incremental());

    assertThat(run.input().from()).isEmpty();
    assertThat(counts()).containsExactly("2026-01-29=1", "2026-01-30=2", "2026-01-31=1");
  }

  @Test
  void aMasterOrAViewThatWasMadeAnewIsReadFromTheStart() throws Exception {
    start(computed);
    deleteRecursively(folder.resolve("batch"));
    assertThat(run(new BatchRequest.Incremental()).counts().rows()).isEqualTo(3);

    deleteRecursively(folder.resolve("master"));
    lake.arrive(Records.event("9", "d", "2026-01-25T10:00:00Z", 1));
    run(new BatchRequest.Incremental());
    assertThat(counts()).containsExactly("2026-01-25=1");
  }

  @Test
  void windowsThatCrossMidnightAreFoundFromTheirLastDay() throws Exception {
    start(arrived);
    View hops = with(new Window.Hopping(Duration.ofMinutes(30), Duration.ofMinutes(20)), "hops");
    new BatchJob(lake.spark(), lake.settings(), clock()).run(hops, new BatchRequest.Whole());
    lake.arrive(Records.event("4", "d", "2026-02-02T00:05:00Z", 1));

    new BatchJob(lake.spark(), lake.settings(), clock()).run(hops, new BatchRequest.Incremental());

    List<Row> rows = lake.lake().batchView(hops).read().orderBy(View.WINDOW_START).collectAsList();
    assertThat(rows)
        .extracting(row -> row.getAs(View.WINDOW_START).toString())
        .contains("2026-02-01T23:40:00Z", "2026-02-02T00:00:00Z");
  }

  @Test
  void sessionsAreComputedAsAWhole() throws Exception {
    start(arrived);
    View sessions = with(new Window.Session(Duration.ofMinutes(90)), "sessions");
    BatchJob job = new BatchJob(lake.spark(), lake.settings(), clock());
    job.run(sessions, new BatchRequest.Whole());
    lake.arrive(Records.event("4", "d", "2026-01-29T11:00:00Z", 1));

    Run run = job.run(sessions, new BatchRequest.Incremental());

    assertThat(run.output().dates()).isEmpty();
    assertThat(run.counts().rows()).isEqualTo(3);
    assertThat(lake.lake().batchView(sessions).read().where("event_count = 2").count())
        .isEqualTo(1);
  }

  @Test
  void aRebuildKeepsItsReasonAndWhatItReplacedCanBeBroughtBack() throws Exception {
    start(computed);
    List<String> before = counts();
    lake.arrive(Records.event("4", "d", "2026-02-03T12:00:00Z", 1));

    Run rebuilt = run(new BatchRequest.Rebuild("a sensor was recalibrated"));
    assertThat(counts()).hasSize(4);
    assertThat(boundary()).hasValue(Instant.parse("2026-02-03T00:00:00Z"));
    Run restored = restore(rebuilt.output().replacedVersion().orElseThrow());

    assertThat(counts()).isEqualTo(before);
    assertThat(boundary()).hasValue(Instant.parse("2026-01-31T00:00:00Z"));
    assertThat(runs())
        .extracting(Run::kind)
        .containsExactly(Run.Kind.full, Run.Kind.rebuild, Run.Kind.restore);
    assertThat(runs().get(1).reason()).hasValue("a sensor was recalibrated");
    assertThat(restored.counts().rows()).isEqualTo(3);

    Run next = run(new BatchRequest.Incremental());
    assertThat(next.output().dates().orElseThrow().days())
        .containsExactly(LocalDate.parse("2026-02-03"));
    assertThat(counts()).hasSize(4);
    assertThat(boundary()).hasValue(Instant.parse("2026-02-03T00:00:00Z"));
  }

  @Test
  void aVersionThatNoRunWroteOrThatIsGoneIsRefused() throws Exception {
    start(computed);
    long replaced = run(new BatchRequest.Rebuild("again")).output().replacedVersion().orElseThrow();
    assertThatThrownBy(() -> restore(99))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("no version 99");
    assertThatThrownBy(() -> restore(0))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("Version 0 of device_daily_metrics is older than its first run");

    removeUnusedFiles(lake.lake().batchView(days));
    assertThatThrownBy(() -> restore(replaced))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("vacuum has removed");
  }

  @Test
  void aChangedDefinitionIsNoticedAndMovedByARebuild() throws Exception {
    start(computed);
    List<String> before = counts();
    View changed = with(new Window.Tumbling(Duration.ofHours(12)), days.name());
    BatchJob job = new BatchJob(lake.spark(), lake.settings(), clock());

    assertThatThrownBy(() -> job.run(changed, new BatchRequest.Incremental()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(
            "was [window: Tumbling[size=PT24H]], is [window: Tumbling[size=PT12H]]")
        .hasMessageContaining("batch --view device_daily_metrics --rebuild --reason");
    assertThat(counts()).isEqualTo(before);

    Run moved = job.run(changed, new BatchRequest.Rebuild("twelve hours"));
    assertThat(
            lake.lake()
                .batchView(changed)
                .read()
                .selectExpr("window_end - window_start")
                .first()
                .get(0))
        .isEqualTo(Duration.ofHours(12));
    assertThat(lake.lake().speedView(changed).holdsAnotherDefinition()).isFalse();
    assertThat(boundary()).hasValue(Instant.parse("2026-01-31T00:00:00Z"));
    assertThat(job.run(changed, new BatchRequest.Incremental()).counts().rows()).isZero();
    assertThatThrownBy(() -> run(new BatchRequest.Incremental())).isInstanceOf(Failure.class);

    long old = moved.output().replacedVersion().orElseThrow();
    assertThatThrownBy(
            () ->
                new RestoreJob(lake.spark(), lake.settings(), clock())
                    .run(changed, old, Optional.empty()))
        .hasMessageContaining("different definition");
    restore(old);
    assertThat(counts()).isEqualTo(before);
  }

  private Run run(BatchRequest request) {
    return new BatchJob(lake.spark(), lake.settings(), clock()).run(days, request);
  }

  private Run restore(long version) throws InterruptedException {
    return new RestoreJob(lake.spark(), lake.settings(), clock())
        .run(days, version, Optional.empty());
  }

  private static Clock clock() {
    return Clock.fixed(NOW, ZoneOffset.UTC);
  }

  private List<Run> runs() {
    return new Runs(lake.lake()).of(days);
  }

  private Optional<Instant> boundary() {
    return new Boundaries(lake.lake()).current(days);
  }

  private View with(Window window, String name) {
    return new View(name, days.keys(), window, days.measures(), days.clusterBy());
  }

  private Row day(String date) {
    return lake.lake().batchView(days).read().where("event_date = '" + date + "'").first();
  }

  private List<String> counts() {
    return lake.lake().batchView(days).read().orderBy(View.WINDOW_START).collectAsList().stream()
        .map(row -> row.getAs(View.EVENT_DATE) + "=" + row.getAs("event_count"))
        .toList();
  }

  /** Deletes the files that vacuum would delete after the retention period. */
  private static void removeUnusedFiles(LakeTable table) throws Exception {
    List<String> used = List.of(table.read().inputFiles());
    try (Stream<Path> files = Files.walk(Path.of(table.path()))) {
      for (Path file : files.filter(each -> each.toString().endsWith(".parquet")).toList()) {
        if (used.stream().noneMatch(name -> name.endsWith("/" + file.getFileName()))
            && !file.toString().contains("_delta_log")) {
          Files.delete(file);
        }
      }
    }
  }

  private static void deleteRecursively(Path path) throws Exception {
    org.apache.commons.io.FileUtils.deleteDirectory(path.toFile());
  }
}
