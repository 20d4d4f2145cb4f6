package process;

import static org.assertj.core.api.Assertions.assertThat;

import common.event.EventSchema;
import common.lake.Lake;
import common.metrics.View;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import testing.Commands;
import testing.Pipeline;
import testing.Records;
import testing.TestSpark;

/**
 * Kills the real processes (SIGKILL) at random moments and compares what is left at the end with a
 * run over the same topic that nothing disturbed, compacted or maintained. {@code -Dfault.seed=N}
 * repeats the moments.
 */
class FaultInjectionIT {
  private static final int ROUNDS = 3;
  private static final int EVENTS_A_ROUND = 1_000;
  private static final int LEAST_KILLS = 30;
  private static final int MOST_ATTEMPTS = 10;
  private static final long FIRST_GUESS_MILLIS = 9_000;

  /** A command and how often it is killed a round. */
  private record Target(int kills, String... command) {}

  private static final List<Target> TARGETS =
      List.of(
          new Target(2, "ingest", "--from", "kafka", "--once"),
          new Target(2, "speed", "--view", "device_metrics", "--once"),
          new Target(2, "batch", "--view", "device_metrics", "--incremental"),
          new Target(2, "compact", "--view", "device_metrics"),
          new Target(2, "maintain", "--view", "device_metrics"));

  private static final Map<String, String> SETTINGS =
      Map.of(
          "speed.max-records-per-batch", "400",
          "ingest.max-records-per-batch", "400",
          "speed.retention", "1 hour",
          "serving.batch-lag", "2 minutes",
          "serving.settle", "0 seconds");

  @TempDir private Path folder;
  private final Map<String, Long> durations = new HashMap<>();
  private Commands commands;
  private Path conf;
  private Random random;

  @Test
  void killedJobsLeaveWhatUndisturbedOnesLeave() throws Exception {
    long seed = Long.getLong("fault.seed", System.nanoTime());
    System.err.println("FaultInjectionIT: repeat with -Dfault.seed=" + seed);
    random = new Random(seed);
    commands = new Commands(folder);
    int kills = 0;
    try (Pipeline undisturbed = new Pipeline(folder.resolve("undisturbed"), SETTINGS)) {
      conf = conf(undisturbed);
      View view = undisturbed.lake().view("device_metrics");
      for (int round = 0; round < ROUNDS; round++) {
        undisturbed.send(events(round));
        for (Target target : TARGETS) {
          kills += killed(target);
        }

        undisturbed.ingest();
        undisturbed.speed(view);
        undisturbed.batch(view);
      }

      System.err.println("FaultInjectionIT: " + kills + " kills");
      assertThat(kills).isGreaterThanOrEqualTo(LEAST_KILLS);
      Lake killed = new Lake(TestSpark.session(), folder.resolve("killed").toString());
      assertSame(killed, undisturbed.lake().lake(), view);
      Commands.Result agreement = commands.run(with("reconcile", "--view", "device_metrics"));
      assertThat(agreement.exitCode()).as(agreement.out() + agreement.err()).isZero();
      assertThat(agreement.out()).contains(" agree, 0 mismatch, 0 missing in batch, 0 missing");
    }
  }

  /** Kills the command as often as wanted, earlier when it was quicker; then lets it end. */
  private int killed(Target target) throws Exception {
    String name = target.command()[0];
    int kills = 0;
    for (int attempt = 0; kills < target.kills(); attempt++) {
      assertThat(attempt).as(name + " ends before it can be killed").isLessThan(MOST_ATTEMPTS);
      long duration = durations.getOrDefault(name, FIRST_GUESS_MILLIS);
      long moment = duration * 2 / 5 + random.nextLong(duration * 3 / 5);
      Commands.Running running = commands.start(Map.of(), with(target.command()));
      TimeUnit.MILLISECONDS.sleep(moment);
      if (running.process().isAlive()) {
        running.process().destroyForcibly().waitFor();
        kills++;
      } else {
        assertDone(running.end());
        durations.put(name, moment);
      }
    }

    long start = System.nanoTime();
    assertDone(commands.run(with(target.command())));
    durations.put(name, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
    return kills;
  }

  private static void assertDone(Commands.Result result) {
    assertThat(result.exitCode()).as(result.err()).isZero();
  }

  private String[] with(String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--conf", conf.toString()));
    return line.toArray(String[]::new);
  }

  private Path conf(Pipeline pipeline) throws Exception {
    StringBuilder text = new StringBuilder();
    SETTINGS.forEach((key, value) -> text.append("%s = \"%s\"%n".formatted(key, value)));
    text.append("lake.root = \"%s\"%n".formatted(folder.resolve("killed")));
    text.append("kafka.bootstrap-servers = \"%s\"%n".formatted(pipeline.broker().address()));
    return Files.writeString(folder.resolve("fault.conf"), text);
  }

  private static void assertSame(Lake killed, Lake undisturbed, View view) {
    assertThat(offsets(killed.master().read())).isEqualTo(offsets(undisturbed.master().read()));
    assertThat(offsets(killed.quarantine().read()))
        .isEqualTo(offsets(undisturbed.quarantine().read()));
    assertThat(offsets(killed.master().read())).as("each offset once").doesNotHaveDuplicates();
    assertThat(unified(killed, view, Accuracy.exact))
        .isEqualTo(unified(undisturbed, view, Accuracy.exact));
    assertThat(unified(killed, view, Accuracy.any))
        .isEqualTo(unified(undisturbed, view, Accuracy.any));
    Map<String, List<Object>> kept = rows(killed.speedView(view).read(), view);
    Map<String, List<Object>> all = rows(undisturbed.speedView(view).read(), view);
    assertThat(kept).isNotEmpty().hasSizeLessThan(all.size());
    kept.forEach((window, row) -> assertThat(row).as(window).isEqualTo(all.get(window)));
  }

  private static List<Long> offsets(Dataset<Row> rows) {
    return rows.select(EventSchema.OFFSET).collectAsList().stream()
        .map(row -> row.getLong(0))
        .sorted()
        .toList();
  }

  private static Map<String, List<Object>> unified(Lake lake, View view, Accuracy accuracy) {
    RowFilter all = new RowFilter(Optional.empty(), Optional.empty());
    return rows(new QueryRouter(TestSpark.session(), lake).rows(view, accuracy, all), view);
  }

  /** Counts to the bit, fractions to nine digits, and the layer where the rows tell it. */
  private static Map<String, List<Object>> rows(Dataset<Row> rows, View view) {
    Map<String, List<Object>> byWindow = new TreeMap<>();
    for (Row row : rows.collectAsList()) {
      List<Object> values = new ArrayList<>();
      for (String measure : view.measureNames()) {
        Object value = row.getAs(measure);
        values.add(value instanceof Double number ? "%.9e".formatted(number) : value);
      }

      if (List.of(row.schema().fieldNames()).contains(View.SOURCE)) {
        values.add(row.getAs(View.SOURCE));
      }

      String window = row.getAs("device_id") + " " + row.getAs(View.WINDOW_START);
      assertThat(byWindow.put(window, values)).as("each window once: " + window).isNull();
    }

    return byWindow;
  }

  /**
   * Twenty seconds from one event to the next, over midnight; some out of order, some copies, some
   * hours late, some broken.
   */
  private static String[] events(int round) {
    Instant start = Instant.parse("2026-01-30T18:00:00Z");
    List<String> events = new ArrayList<>();
    for (int i = round * EVENTS_A_ROUND; i < (round + 1) * EVENTS_A_ROUND; i++) {
      long seconds = i * 20L - (i % 7 == 0 ? 45 : 0) - (i % 50 == 49 ? 4 * 3600 : 0);
      int id = i % 20 == 13 ? i - 2 : i;
      Instant time = start.plusSeconds(i % 20 == 13 ? id * 20L : seconds);
      events.add(
          i % 100 == 60
              ? "not json " + i
              : Records.event("e" + id, "d" + id % 5, time.toString(), 20 + id % 17));
    }

    return events.toArray(String[]::new);
  }
}
