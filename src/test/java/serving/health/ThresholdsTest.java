package serving.health;

import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import common.lake.TableFiles;
import common.metrics.Measure;
import common.metrics.MeasureKind;
import common.metrics.View;
import common.metrics.Window;
import common.ops.Run;
import common.ops.StreamAccount;
import common.settings.Settings;
import common.settings.Thresholds;
import java.io.File;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each key of {@code conf/thresholds.conf} limits its own checks, and no others. */
class ThresholdsTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  /**
   * The facts of the test at a limit, and beyond it.
   *
   * @param reached the value that a fact has
   * @param stricter a limit that it does not keep
   * @param red the checks of that limit
   */
  private record Case(String key, String reached, String stricter, Set<String> red) {
    @Override
    public String toString() {
      return key;
    }
  }

  static Stream<Case> cases() {
    return Stream.of(
        limit("batch-age", "60 minutes", "59 minutes", "batch"),
        limit("batch-duration", "60 seconds", "59 seconds", "batch-duration"),
        limit("batch-success-rate", "0.95", "0.96", "batch-success"),
        limit("batch-conflicts", "3", "2", "batch-conflicts"),
        limit("batch-events", "995", "996", "batch-events"),
        limit("data-age", "120 minutes", "119 minutes", "data-age"),
        limit("ingest-age", "90 seconds", "89 seconds", "ingest"),
        limit("null-share", "0.02", "0.019", "nulls"),
        limit("duplicate-share", "0.005", "0.004", "duplicates"),
        limit("table-size", "1 TB", "999 GB", "size (MB)"),
        limit("small-files", "100", "99", "small-files"),
        limit("speed-age", "90 seconds", "89 seconds", "speed redis"),
        limit(
            "micro-batch-duration", "500 ms", "499 ms", "speed redis duration", "ingest duration"),
        limit("latency", "3 seconds", "2 seconds", "speed redis latency", "ingest latency"),
        limit(
            "checkpoint-interval",
            "20 seconds",
            "19 seconds",
            "speed redis checkpoint",
            "ingest checkpoint"),
        limit("throughput", "20000", "20001", "speed redis throughput", "ingest throughput"),
        limit("backlog", "50000", "49999", "speed redis backlog", "ingest backlog"),
        limit(
            "backlog-growth",
            "5000",
            "4999",
            "speed redis backlog-growth",
            "ingest backlog-growth"),
        limit("replay", "2500 ms", "2499 ms", "speed redis replay", "ingest replay"),
        limit("out-of-order-share", "0.02", "0.019", "speed redis out-of-order"),
        limit("late-share", "0.004", "0.003", "speed redis late"),
        limit("rejected-share", "0.005", "0.004", "speed redis rejected", "ingest rejected"),
        limit("state-rows", "1000000", "999999", "speed redis state"),
        limit("state-size", "5 MiB", "4 MiB", "speed redis state-size (MB)"),
        limit("query-latency", "50 ms", "49 ms", "query-latency"));
  }

  private static Case limit(String key, String reached, String stricter, String... red) {
    return new Case(key, reached, stricter, Set.of(red));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aLimitThatIsReachedIsGreenAndAStricterOneTurnsItsChecksRed(Case limit) {
    assertThat(red(limit.key(), limit.reached())).isEmpty();
    assertThat(red(limit.key(), limit.stricter())).isEqualTo(limit.red());
  }

  @Test
  void everyLimitIsTested() {
    assertThat(cases().map(Case::key))
        .containsExactlyInAnyOrderElementsOf(
            ConfigFactory.parseFile(new File("conf/thresholds.conf"))
                .getConfig("thresholds")
                .root()
                .keySet());
  }

  private static Set<String> red(String key, String limit) {
    Thresholds limits =
        Settings.load(Optional.empty(), Map.of("thresholds." + key, limit)).thresholds();
    Streams streams = new Streams(limits.speed());
    return Stream.of(
            new BatchRuns(limits.batch()).judge(facts()),
            new Files(limits).judge("v", new TableFiles(200, 100, 1_000_000_000_000L)),
            streams.judge("v", query("speed redis"), NOON),
            streams.judge(Finding.LAKE, query("ingest"), NOON),
            List.of(new QueryLatency(limits).judge(Duration.ofMillis(50))))
        .flatMap(List::stream)
        .filter(finding -> finding.light() == Light.red)
        .map(Finding::check)
        .collect(toSet());
  }

  private static LayerFacts facts() {
    Run run =
        new Run(
            "id",
            "v",
            Run.Kind.full,
            Optional.empty(),
            new Run.Input(
                "m",
                Optional.empty(),
                1,
                Optional.of(1L),
                Optional.of(NOON.minus(Duration.ofHours(2)))),
            new Run.Counts(995, 5, 0, 100, Map.of("n", 2L)),
            new Run.Output("t", 1, Optional.empty(), "d", Optional.empty(), Optional.empty()),
            NOON.minus(Duration.ofHours(1)),
            60_000,
            3);
    return new LayerFacts(
        new View(
            "v",
            List.of("device_id"),
            new Window.Tumbling(Duration.ofMinutes(1)),
            List.of(new Measure("n", MeasureKind.COUNT, "1")),
            List.of("device_id")),
        NOON,
        Optional.of(run),
        new LayerFacts.Runs(20, 1, 3, Optional.empty(), Optional.of(run)),
        List.of(),
        new TableFiles(0, 0, 0),
        Optional.empty(),
        Optional.empty(),
        new LayerFacts.SpeedRows(Optional.empty(), Optional.empty()),
        new LayerFacts.Ledger(0, 0, 0),
        Optional.empty(),
        Optional.empty());
  }

  private static QueryFacts query(String label) {
    return new QueryFacts(
        label,
        Duration.ZERO,
        Optional.of(NOON.minusSeconds(90)),
        Optional.of(NOON),
        new QueryFacts.Pace(
            Optional.of(Duration.ofMillis(500)),
            Optional.of(Duration.ofSeconds(20)),
            Optional.of(Duration.ofSeconds(3)),
            Optional.of(new QueryFacts.Capacity(20_000, 30_000))),
        Optional.of(new QueryFacts.Backlog(50_000, 5_000)),
        new QueryFacts.Records(1_000, 4, 5, Optional.of(20L)),
        new StreamAccount.State(1_000_000, 5 << 20));
  }
}
