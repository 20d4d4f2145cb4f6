package serving.health;

import static org.assertj.core.api.Assertions.assertThat;

import common.lake.TableFiles;
import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.View;
import common.metrics.Window;
import common.ops.FailedRun;
import common.ops.Run;
import common.ops.StreamAccount;
import common.settings.Settings;
import common.settings.Thresholds;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The findings of each check for given facts. */
class HealthChecksTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
  private static final View VIEW =
      new View(
          "v",
          List.of("device_id"),
          new Window.Tumbling(Duration.ofMinutes(1)),
          List.of(new Measure("n", MeasureKind.COUNT, "1")),
          List.of("device_id"));
  private static final Thresholds LIMITS = Settings.load(Optional.empty(), Map.of()).thresholds();
  private static final BatchRuns BATCH = new BatchRuns(LIMITS.batch());
  private static final Streams STREAMS = new Streams(LIMITS.speed());
  private static final LayerFacts.Runs NO_RUNS =
      new LayerFacts.Runs(0, 0, 0, Optional.empty(), Optional.empty());
  private static final TableFiles NO_FILES = new TableFiles(0, 0, 0);
  private static final Coverage COVERAGE = new Coverage(Duration.ofDays(7));

  @Test
  void aBatchViewIsRedOnceItsLastRunIsOlderThanItsLimit() {
    assertThat(lights(BATCH.judge(batch(run(NOON.minus(Duration.ofHours(26)), 10, 0, 10, 0)))))
        .containsEntry("batch", Light.green);
    assertThat(lights(BATCH.judge(batch(run(NOON.minus(Duration.ofHours(27)), 10, 0, 10, 0)))))
        .containsEntry("batch", Light.red);
    assertThat(BATCH.judge(facts(Optional.empty(), ledger(0, 0))))
        .singleElement()
        .satisfies(
            found -> {
              assertThat(found.light()).isEqualTo(Light.yellow);
              assertThat(found.detail()).isEqualTo("no run yet");
            });
  }

  /** A run a minute ago over yesterday's data is not fresh. */
  @Test
  void freshnessIsThatOfTheDataAndNotOfTheRun() {
    Run fresh = run(NOON.minusSeconds(60), 10, 0, 10, 0);

    assertThat(lights(BATCH.judge(batch(fresh, NOON.minus(Duration.ofHours(6))))))
        .containsEntry("data-age", Light.green);
    assertThat(lights(BATCH.judge(batch(fresh, NOON.minus(Duration.ofHours(7))))))
        .containsEntry("batch", Light.green)
        .containsEntry("data-age", Light.red);
  }

  @Test
  void whatARunReadAndWroteIsJudged() {
    Instant at = NOON.minusSeconds(60);

    assertThat(lights(BATCH.judge(batch(run(at, 100, 1, 100, 5)))))
        .containsEntry("batch-duration", Light.green)
        .containsEntry("batch-events", Light.green)
        .containsEntry("duplicates", Light.green)
        .containsEntry("nulls", Light.green);
    assertThat(lights(BATCH.judge(batch(run(at, 100, 2, 100, 6)))))
        .containsEntry("duplicates", Light.red)
        .containsEntry("nulls", Light.red);

    Thresholds.Batch strict =
        new Thresholds.Batch(
            LIMITS.batch().age(),
            Duration.ofMillis(1),
            1,
            0,
            1_000_000,
            LIMITS.batch().dataAge(),
            1,
            1);
    assertThat(lights(new BatchRuns(strict).judge(batch(run(at, 100, 0, 100, 0)))))
        .containsEntry("batch-duration", Light.red)
        .containsEntry("batch-events", Light.red);
  }

  @Test
  void failedRunsAreJudgedByTheirShare() {
    Run last = run(NOON.minusSeconds(60), 10, 0, 10, 0);

    assertThat(
            BATCH.judge(
                batch(last, new LayerFacts.Runs(20, 1, 0, Optional.of("disk full"), last(last)))))
        .anySatisfy(
            found -> {
              assertThat(found.check()).isEqualTo("batch-success");
              assertThat(found.light()).isEqualTo(Light.green);
              assertThat(found.detail())
                  .isEqualTo("1 of the last 20 runs failed; last error: disk full");
            });
    assertThat(
            lights(
                BATCH.judge(
                    batch(last, new LayerFacts.Runs(20, 2, 0, Optional.empty(), last(last))))))
        .containsEntry("batch-success", Light.red);
  }

  @Test
  void runsThatConflictAreJudgedByHowOftenTheyWerePlannedAgain() {
    Run last = run(NOON.minusSeconds(60), 10, 0, 10, 0);

    assertThat(
            BATCH.judge(batch(last, new LayerFacts.Runs(20, 0, 5, Optional.empty(), last(last)))))
        .anySatisfy(
            found -> {
              assertThat(found.check()).isEqualTo("batch-conflicts");
              assertThat(found.light()).isEqualTo(Light.green);
              assertThat(found.measured()).hasValue(new Finding.Measured("5", "at most 5"));
              assertThat(found.detail())
                  .isEqualTo(
                      "times that one of the last 20 runs was planned again after a write conflict");
            });
    assertThat(
            lights(
                BATCH.judge(
                    batch(last, new LayerFacts.Runs(20, 0, 6, Optional.empty(), last(last))))))
        .containsEntry("batch-conflicts", Light.red);
  }

  @Test
  void theLastTwentyRunsAreThoseThatCommittedAndThoseThatFailed() {
    Run.Counts counts = new Run.Counts(1, 0, 0, 1, Map.of());
    List<Run> committed =
        Stream.iterate(0, hour -> hour < 21, hour -> hour + 1)
            .map(hour -> run(NOON.plus(Duration.ofHours(hour)), counts, hour == 1 ? 100 : 1))
            .toList();
    List<FailedRun> failed =
        Stream.of(0, 20)
            .map(hour -> failed(NOON.plus(Duration.ofMinutes(60 * hour + 30)), 3))
            .toList();

    LayerFacts.Runs recent = LayerFacts.Runs.of(committed, failed);

    assertThat(recent)
        .isEqualTo(
            new LayerFacts.Runs(
                20,
                1,
                19 + 3,
                Optional.of("disk full at " + failed.get(1).startedAt()),
                Optional.of(committed.get(20))));
  }

  private static FailedRun failed(Instant at, long conflicts) {
    return new FailedRun("id", "v", Run.Kind.full, "disk full at " + at, at, 2, conflicts);
  }

  @Test
  void aQueryIsJudgedByEachOfItsLimits() {
    assertThat(
            lights(
                STREAMS.judge(
                    "v", query(300, 1_000, 100_000, 10_000, 1, 10_000_000, 2L << 30), NOON)))
        .hasSize(13)
        .allSatisfy((check, light) -> assertThat(light).as(check).isEqualTo(Light.green));
    assertThat(
            lights(
                STREAMS.judge(
                    "v",
                    query(301, 1_001, 100_001, 10_001, 2, 10_000_001, (2L << 30) + (1 << 20)),
                    NOON)))
        .hasSize(13)
        .allSatisfy(
            (check, light) ->
                assertThat(light)
                    .as(check)
                    .isEqualTo(
                        List.of("speed redis throughput", "speed redis replay").contains(check)
                            ? Light.green
                            : Light.red));
    assertThat(
            STREAMS.judge(
                "v",
                stream(
                    "speed redis",
                    Optional.empty(),
                    QueryFacts.Pace.UNKNOWN,
                    Optional.empty(),
                    QueryFacts.Records.NONE),
                NOON))
        .singleElement()
        .extracting(Finding::light)
        .isEqualTo(Light.yellow);
  }

  @Test
  void capacityIsJudgedByTheFastestMicroBatchOnceOneIsLargeEnough() {
    assertThat(capacity(10_000, 10_000, 18_000_000))
        .containsEntry("speed redis throughput", Light.green)
        .containsEntry("speed redis replay", Light.green);
    assertThat(capacity(9_999, 10_000, 18_000_000))
        .containsEntry("speed redis throughput", Light.red)
        .containsEntry("speed redis replay", Light.red);
    assertThat(capacity(100, 9_999, 1_000))
        .doesNotContainKey("speed redis throughput")
        .containsEntry("speed redis replay", Light.green);
  }

  private static Map<String, Light> capacity(long perSecond, long mostRecords, long backlog) {
    QueryFacts.Pace pace =
        new QueryFacts.Pace(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.of(new QueryFacts.Capacity(perSecond, mostRecords)));
    return lights(
        STREAMS.judge(
            "v",
            stream(
                "speed redis",
                Optional.of(NOON),
                pace,
                Optional.of(new QueryFacts.Backlog(backlog, 0)),
                QueryFacts.Records.NONE),
            NOON));
  }

  @Test
  void ingestOfFilesIsJudgedByWhatItRejects() {
    QueryFacts files =
        stream(
            "ingest",
            Optional.empty(),
            QueryFacts.Pace.UNKNOWN,
            Optional.empty(),
            new QueryFacts.Records(100, 0, 2, Optional.empty()));

    assertThat(lights(STREAMS.judge(Finding.LAKE, files, NOON)))
        .containsOnly(Map.entry("ingest rejected", Light.red));
  }

  /** A micro-batch may take as long as the trigger interval. */
  @Test
  void aSlowSinkMayUseItsInterval() {
    QueryFacts delta =
        new QueryFacts(
            "speed delta",
            Duration.ofSeconds(90),
            Optional.of(NOON),
            Optional.empty(),
            new QueryFacts.Pace(
                Optional.of(Duration.ofSeconds(90)),
                Optional.of(Duration.ofSeconds(90)),
                Optional.of(Duration.ofSeconds(180)),
                Optional.empty()),
            Optional.empty(),
            QueryFacts.Records.NONE,
            StreamAccount.State.EMPTY);

    assertThat(lights(STREAMS.judge("v", delta, NOON)))
        .containsEntry("speed delta duration", Light.green)
        .containsEntry("speed delta checkpoint", Light.green)
        .containsEntry("speed delta latency", Light.green);
  }

  @Test
  void aTableIsJudgedByItsSizeAndItsSmallFiles() {
    Files files = new Files(LIMITS);

    assertThat(
            lights(files.judge("v", new TableFiles(10_000, 10_000, LIMITS.tableSize()))).values())
        .containsOnly(Light.green);
    assertThat(
            lights(files.judge("v", new TableFiles(10_001, 10_001, LIMITS.tableSize() + 1_000_000)))
                .values())
        .containsOnly(Light.red);
  }

  @Test
  void recordsThatDoNotAddUpAreRedAndOffsetsWithoutRecordsYellow() {
    assertThat(new LedgerBalance().judge(facts(Optional.empty(), ledger(0, 0))).get(0).light())
        .isEqualTo(Light.green);
    assertThat(new LedgerBalance().judge(facts(Optional.empty(), ledger(0, 2))).get(0).light())
        .isEqualTo(Light.yellow);
    assertThat(new LedgerBalance().judge(facts(Optional.empty(), ledger(1, 2))).get(0).light())
        .isEqualTo(Light.red);
  }

  @Test
  void aHoleIsRedWithItsRange() {
    Optional<LayerFacts.Search> none = Optional.empty();
    Instant boundary = NOON.minusSeconds(3600);

    assertThat(coverage(boundary, span(boundary, NOON), Optional.empty(), none).light())
        .isEqualTo(Light.green);
    assertThat(
            coverage(
                boundary,
                span(boundary.plusSeconds(60), NOON),
                Optional.empty(),
                Optional.of(new LayerFacts.Search(span(boundary, boundary.plusSeconds(60))))))
        .satisfies(
            found -> {
              assertThat(found.light()).isEqualTo(Light.red);
              assertThat(found.detail()).startsWith("%s to ".formatted(boundary));
            });
    assertThat(
            coverage(
                boundary,
                span(boundary.plusSeconds(60), NOON),
                Optional.empty(),
                Optional.of(new LayerFacts.Search(Optional.empty()))))
        .satisfies(
            found -> {
              assertThat(found.light()).isEqualTo(Light.green);
              assertThat(found.detail()).isEqualTo("no gap between the layers");
            });
    assertThat(coverage(boundary, span(boundary, NOON), span(boundary, NOON), none).detail())
        .contains("hidden");
    assertThat(
            coverage(
                    boundary,
                    span(boundary, boundary.plus(Duration.ofDays(8))),
                    Optional.empty(),
                    none)
                .detail())
        .contains("speed.retention");
  }

  @Test
  void layersThatDifferForNoKnownReasonAreRed() {
    assertThat(new LayerAgreement().judge(compared(Optional.empty())).get(0).light())
        .isEqualTo(Light.yellow);
    assertThat(
            new LayerAgreement()
                .judge(compared(Optional.of(new LayerFacts.Comparison(NOON, 10, 0))))
                .get(0)
                .light())
        .isEqualTo(Light.green);
    assertThat(
            new LayerAgreement()
                .judge(compared(Optional.of(new LayerFacts.Comparison(NOON, 10, 1))))
                .get(0)
                .light())
        .isEqualTo(Light.red);
  }

  @Test
  void withoutAMasterNothingIsSaidToHaveBeenLookedUp() {
    Instant reach = NOON.minusSeconds(3540);

    assertThat(
            coverage(NOON.minusSeconds(3600), span(reach, NOON), Optional.empty(), Optional.empty())
                .detail())
        .isEqualTo("speed reaches back to " + reach);
  }

  private static Finding coverage(
      Instant boundary,
      Optional<LayerFacts.Span> starts,
      Optional<LayerFacts.Span> hidden,
      Optional<LayerFacts.Search> search) {
    return COVERAGE
        .judge(
            new LayerFacts(
                VIEW,
                NOON,
                Optional.empty(),
                NO_RUNS,
                List.of(),
                NO_FILES,
                Optional.of(boundary),
                Optional.empty(),
                new LayerFacts.SpeedRows(starts, hidden),
                ledger(0, 0),
                Optional.empty(),
                search))
        .get(0);
  }

  private static LayerFacts facts(Optional<Run> latest, LayerFacts.Ledger ledger) {
    return new LayerFacts(
        VIEW,
        NOON,
        latest,
        NO_RUNS,
        List.of(),
        NO_FILES,
        Optional.empty(),
        Optional.empty(),
        new LayerFacts.SpeedRows(Optional.empty(), Optional.empty()),
        ledger,
        Optional.empty(),
        Optional.empty());
  }

  private static LayerFacts compared(Optional<LayerFacts.Comparison> comparison) {
    return new LayerFacts(
        VIEW,
        NOON,
        Optional.empty(),
        NO_RUNS,
        List.of(),
        NO_FILES,
        Optional.empty(),
        Optional.empty(),
        new LayerFacts.SpeedRows(Optional.empty(), Optional.empty()),
        ledger(0, 0),
        comparison,
        Optional.empty());
  }

  private static LayerFacts.Ledger ledger(long unbalanced, long incomplete) {
    return new LayerFacts.Ledger(unbalanced, incomplete, 0);
  }

  private static Optional<LayerFacts.Span> span(Instant from, Instant to) {
    return Optional.of(new LayerFacts.Span(from, to));
  }

  private static LayerFacts batch(Run last) {
    return batch(last, new LayerFacts.Runs(1, 0, 0, Optional.empty(), last(last)));
  }

  private static LayerFacts batch(Run last, Instant newestEvent) {
    Run.Input input = last.input();
    return batch(
        new Run(
            last.id(),
            last.view(),
            last.kind(),
            last.reason(),
            new Run.Input(
                input.masterId(),
                input.from(),
                input.to(),
                input.completeTo(),
                Optional.of(newestEvent)),
            last.counts(),
            last.output(),
            last.startedAt(),
            last.durationMs(),
            last.conflicts()));
  }

  private static LayerFacts batch(Run last, LayerFacts.Runs runs) {
    return new LayerFacts(
        VIEW,
        NOON,
        Optional.of(last),
        runs,
        List.of(),
        NO_FILES,
        Optional.empty(),
        Optional.empty(),
        new LayerFacts.SpeedRows(Optional.empty(), Optional.empty()),
        ledger(0, 0),
        Optional.empty(),
        Optional.empty());
  }

  private static Optional<Run> last(Run run) {
    return Optional.of(run);
  }

  /** Facts that are all at their limits, or all just beyond. */
  private static QueryFacts query(
      long ageSeconds,
      long p95,
      long backlog,
      long growth,
      long percent,
      long stateRows,
      long stateBytes) {
    return new QueryFacts(
        "speed redis",
        Duration.ZERO,
        Optional.of(NOON.minusSeconds(ageSeconds)),
        Optional.of(NOON),
        new QueryFacts.Pace(
            Optional.of(Duration.ofMillis(p95)),
            Optional.of(Duration.ofMillis(60 * p95)),
            Optional.of(Duration.ofMillis(5 * p95)),
            Optional.of(new QueryFacts.Capacity(20_000, 20_000))),
        Optional.of(new QueryFacts.Backlog(backlog, growth)),
        new QueryFacts.Records(100, percent, percent, Optional.of(4 + percent)),
        new StreamAccount.State(stateRows, stateBytes));
  }

  private static QueryFacts stream(
      String label,
      Optional<Instant> lastSeen,
      QueryFacts.Pace pace,
      Optional<QueryFacts.Backlog> backlog,
      QueryFacts.Records records) {
    return new QueryFacts(
        label,
        Duration.ZERO,
        lastSeen,
        Optional.of(NOON),
        pace,
        backlog,
        records,
        StreamAccount.State.EMPTY);
  }

  private static Map<String, Light> lights(List<Finding> findings) {
    return findings.stream().collect(Collectors.toMap(Finding::check, Finding::light));
  }

  private static Run run(Instant startedAt, long events, long duplicates, long rows, long nulls) {
    return run(startedAt, new Run.Counts(events, duplicates, 0, rows, Map.of("n", nulls)), 0);
  }

  private static Run run(Instant startedAt, Run.Counts counts, long conflicts) {
    return new Run(
        "id",
        "v",
        Run.Kind.full,
        Optional.empty(),
        new Run.Input("m", Optional.empty(), 1, Optional.of(1L), Optional.empty()),
        counts,
        new Run.Output("t", 1, Optional.empty(), "d", Optional.empty(), Optional.empty()),
        startedAt,
        2,
        conflicts);
  }
}
