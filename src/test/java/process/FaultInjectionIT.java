package process;

import static org.assertj.core.api.Assertions.assertThat;

import common.alerts.AlertLog;
import common.event.EventSchema;
import common.lake.Lake;
import common.metrics.View;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
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
import testing.InProcess;
import testing.Pipeline;
import testing.Records;
import testing.TestSpark;

/**
 * Kills the real processes (SIGKILL) while they write and compares the final state with the final
 * state of an undisturbed run over the same topic, without compaction or maintenance. {@code
 * -Dfault.kills=N} kills more often, and {@code -Dfault.seed=N} reproduces the moments of the
 * kills.
 */
class FaultInjectionIT {
  private static final int EVENTS_A_ROUND = 500;
  private static final int KILLS = Integer.getInteger("fault.kills", 10);
  private static final int IN_A_ROW = 2;
  private static final int FIRST_GUESS = 10;
  private static final int MOST_MILLIS = 300;

  private static final List<String[]> COMMANDS =
      List.of(
          new String[] {"ingest", "--from", "kafka", "--once"},
          new String[] {"speed", "--view", "device_metrics", "--once"},
          new String[] {"batch", "--view", "device_metrics", "--incremental"},
          new String[] {"compact", "--view", "device_metrics"},
          new String[] {"maintain", "--view", "device_metrics"});

  private static final Map<String, String> SETTINGS =
      Map.of(
          "speed.max-records-per-batch", "200",
          "ingest.max-records-per-batch", "200",
          "speed.retention", "1 hour",
          "serving.batch-lag", "2 minutes",
          "serving.settle", "0 seconds",
          "speed.sinks", "[delta, alerts]",
          "views.device_metrics.measures",
              """
              [{ name = event_count, kind = count }
               { name = avg_temperature, kind = average, of = temperature }
               { name = unique_users, kind = distinct, of = user_id }]""",
          "views.device_metrics.levels.rules",
              "[{ level = HIGH, when = \"avg_temperature > 33\", severity = warning }]");

  @TempDir private Path folder;
  private final Map<String, Integer> kills = new TreeMap<>();

  /** Number of files that each command last wrote, in its killed and repeated runs together. */
  private final Map<String, Integer> changes = new HashMap<>();

  private Path conf;
  private Random random;

  @Test
  void killedJobsLeaveWhatUndisturbedOnesLeave() throws Exception {
    long seed = Long.getLong("fault.seed", System.nanoTime());
    System.err.println("FaultInjectionIT: repeat with -Dfault.seed=" + seed);
    random = new Random(seed);
    try (Pipeline undisturbed = new Pipeline(folder.resolve("undisturbed"), SETTINGS)) {
      conf = conf(undisturbed);
      View view = undisturbed.lake().view("device_metrics");
      for (int round = 0; !enough(); round++) {
        assertThat(round).as("rounds for %s", kills).isLessThan(KILLS);
        undisturbed.send(events(round));
        for (String[] command : COMMANDS) {
          int seen = kill(command);
          Set<Path> before = files();
          assertDone(InProcess.run(with(command)));
          changes.put(command[0], Math.max(1, seen + written(before).size()));
        }

        undisturbed.ingest();
        undisturbed.speed(view);
        undisturbed.batch(view);
      }

      System.err.println("FaultInjectionIT: killed %s, files written %s".formatted(kills, changes));
      Lake killed = new Lake(TestSpark.session(), lake().toString());
      assertSame(killed, undisturbed.lake().lake(), view);
      assertSameAlerts(killed, undisturbed.lake().lake(), view);
      Commands.Result agreement = InProcess.run(with("reconcile", "--view", "device_metrics"));
      assertThat(agreement.exitCode()).as(agreement.out() + agreement.err()).isZero();
      assertThat(agreement.out()).contains(" agree, 0 mismatch, 0 missing in batch, 0 missing");
    }
  }

  /** Whether there have been enough kills, including at least one of each command. */
  private boolean enough() {
    return COMMANDS.stream().noneMatch(command -> isNeeded(command[0]));
  }

  private boolean isNeeded(String command) {
    return !kills.containsKey(command)
        || kills.values().stream().mapToInt(Integer::intValue).sum() < KILLS;
  }

  /**
   * Kills the command, and then the runs that resume its work, until a run ends before its kill or
   * there have been enough kills.
   *
   * @return the number of files that these runs were observed to write
   */
  private int kill(String[] command) throws Exception {
    int seen = 0;
    boolean killed = true;
    for (int i = 0; i < IN_A_ROW && killed && isNeeded(command[0]); i++) {
      int before = kills.getOrDefault(command[0], 0);
      seen += killOnce(command);
      killed = kills.getOrDefault(command[0], 0) > before;
    }

    return seen;
  }

  /** Kills the command at a random moment between its first change to the lake and its end. */
  private int killOnce(String[] command) throws Exception {
    String name = command[0];
    int moment = 1 + random.nextInt(changes.getOrDefault(name, FIRST_GUESS));
    Set<Path> before = files();
    Set<Path> seen = new HashSet<>();
    Commands.Running running = new Commands(folder).start(Map.of(), with(command));
    while (running.process().isAlive() && seen.size() < moment) {
      TimeUnit.MILLISECONDS.sleep(20);
      seen.addAll(written(before));
    }

    boolean ended = running.process().waitFor(random.nextInt(MOST_MILLIS), TimeUnit.MILLISECONDS);
    if (ended) {
      assertDone(running.end());
    } else {
      running.process().destroyForcibly().waitFor();
      kills.merge(name, 1, Integer::sum);
    }

    return seen.size();
  }

  private Path lake() {
    return folder.resolve("killed");
  }

  private Set<Path> written(Set<Path> before) throws IOException {
    Set<Path> written = files();
    written.removeAll(before);
    return written;
  }

  private Set<Path> files() throws IOException {
    Set<Path> files = new HashSet<>();
    if (Files.notExists(lake())) {
      return files;
    }

    Files.walkFileTree(
        lake(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            files.add(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException error) throws IOException {
            return goOnWhereVanished(error);
          }

          @Override
          public FileVisitResult postVisitDirectory(Path directory, IOException error)
              throws IOException {
            return error == null ? FileVisitResult.CONTINUE : goOnWhereVanished(error);
          }
        });
    return files;
  }

  private static FileVisitResult goOnWhereVanished(IOException error) throws IOException {
    if (error instanceof NoSuchFileException) {
      return FileVisitResult.CONTINUE;
    }

    throw error;
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
    SETTINGS.forEach(
        (key, value) ->
            text.append("%s = %s%n".formatted(key, value.startsWith("[") ? value : quoted(value))));
    text.append("lake.root = \"%s\"%n".formatted(lake()));
    text.append("kafka.bootstrap-servers = \"%s\"%n".formatted(pipeline.broker().address()));
    return Files.writeString(folder.resolve("fault.conf"), text);
  }

  private static String quoted(String value) {
    return '"' + value + '"';
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

  private static void assertSameAlerts(Lake killed, Lake undisturbed, View view) {
    List<String> raised = alerts(undisturbed, view);
    assertThat(alerts(killed, view)).isEqualTo(raised).hasSizeGreaterThan(10);
    assertThat(raised).anyMatch(alert -> alert.contains("resolved"));
    List<String> revisions =
        new AlertLog(killed)
            .revisions(view).stream()
                .filter(alert -> alert.verdict().isEmpty())
                .map(alert -> alert.id() + " " + alert.revision())
                .toList();
    assertThat(revisions).as("each change once").doesNotHaveDuplicates();
  }

  private static List<String> alerts(Lake lake, View view) {
    return new AlertLog(lake)
        .current(view).stream()
            .map(
                alert ->
                    "%s %s %s %s %s"
                        .formatted(
                            alert.id(),
                            alert.state(),
                            alert.newest(),
                            alert.reading(),
                            alert.verdict()))
            .sorted()
            .toList();
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

  /**
   * Rows by window: exact counts, fractions to nine digits, and the layer if the rows name a layer.
   */
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
   * Events twenty seconds apart, across midnight; some are out of order, duplicate, hours late or
   * malformed.
   */
  private static String[] events(int round) {
    Instant start = Instant.parse("2026-01-30T21:00:00Z");
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
