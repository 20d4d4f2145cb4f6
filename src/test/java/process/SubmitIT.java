package process;

import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Commands;
import testing.Pipeline;
import testing.Records;
import testing.SparkHome;

/** The commands as a user runs them: scripts/submit.sh in a process of its own. */
class SubmitIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "ingest",
        "batch",
        "runs",
        "maintain",
        "boundary",
        "speed",
        "provision",
        "query",
        "compact",
        "reconcile",
        "status",
        "sql"
      })
  void everyCommandHasHelp(String command) throws Exception {
    Commands.Result result = commands().run(command, "--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("Usage: " + command, "Example:", "scripts/submit.sh");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "frobnicate | unknown command 'frobnicate'",
        "batch | Missing required option: '--view=VIEW'",
        "batch --view nope | Unknown view 'nope': expected one of [device_daily_metrics,",
        "batch --view device_metrics --from 2026-01-31 | --from and --to go together",
        "batch --view device_metrics --from 2026-02-30 --to 2026-03-01 | '2026-02-30' is not a date",
        "batch --view device_metrics --rebuild | --rebuild needs --reason",
        "batch --view device_metrics --incremental --restore 1 | Choose one of --incremental",
        "batch --view device_metrics --reason x | --reason goes with --rebuild or --restore",
        "reconcile --view device_metrics --from 2026-02-02 --to 2026-02-01 | must lie before --to",
        "status --view nope | Unknown view 'nope'",
        "speed --view device_metrics -D streaming.ledger-policy=ignore | streaming.ledger-policy",
        "query --view device_metrics --from noon | 'noon' is not a time",
        "query --view device_metrics --output xml | expected one of",
        "sql --dialect synapse | Missing required option: '--view=VIEW'",
        "sql --setup | --setup goes with --dialect synapse",
        "sql --view device_metrics --materialized | --materialized goes with --dialect synapse",
        "sql --dialect synapse --setup | and lake.root is",
        "sql --view device_metrics --dialect oracle | not one of spark, synapse, synapse-cosmos",
        "maintain --view device_metrics --vacuum-hours 24 | --vacuum-hours 24",
        "ingest --from x -D sped.sinks=1 | Unknown key 'sped'",
        "speed --view device_metrics -D speed.sinks=[detla] | speed.sinks",
        "speed --view device_metrics --conf no.conf | No such configuration file: no.conf",
      })
  void wrongUsageIsOneLineAndExitCode2(String command, String message) throws Exception {
    Commands.Result result = commands().run(command.split(" "));

    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).startsWith("Error: ").contains(message);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }

  @Test
  void whatCannotBeDoneIsOneLineAndExitCode1() throws Exception {
    assertFailed(commands().run("ingest", "--from", folder + "/none"), "No such file or folder");
    assertFailed(
        commands().run("query", "--view", "device_metrics", "-D", "lake.root=" + folder + "/none"),
        "run ingest, then batch --view device_metrics");
    assertFailed(
        commands()
            .run(
                "speed",
                "--view",
                "device_metrics",
                "--once",
                "-D",
                "lake.root=" + folder + "/lake",
                "-D",
                "kafka.bootstrap-servers=127.0.0.1:" + LocalBroker.freePort()),
        "Cannot reach Kafka");
    Files.writeString(folder.resolve("broken.jsonl.gz"), "not gzip");
    assertFailed(
        commands()
            .run(
                "ingest",
                "--from",
                folder + "/broken.jsonl.gz",
                "-D",
                "lake.root=" + folder + "/lake"),
        "broken.jsonl.gz to its end");
  }

  @Test
  void aViewFromAConfFileWorksInEveryCommand() throws Exception {
    Path conf =
        Files.writeString(
            folder.resolve("my.conf"),
            """
            lake.root = "%s/lake"
            views.heat {
              keys = [device_id, event_type]
              window { size = 10 minutes, slide = 5 minutes }
              measures = [
                { name = n, kind = count }
                { name = hot, kind = count-if, where = "temperature > 85" }
                { name = top, kind = max, of = temperature }
              ]
            }
            """
                .formatted(folder));
    Path events =
        Files.writeString(
            folder.resolve("e.jsonl"),
            """
            {"deviceId":"d","eventType":"a","eventTimestamp":"2026-01-31T10:07:00Z","temperature":90}
            {"deviceId":"d","eventTimestamp":"2026-01-31T10:07:00Z","temperature":80}
            """);
    String view = "heat";

    assertThat(done("ingest", "--from", events.toString(), "--conf", conf.toString()))
        .contains("Read 2 records", "2 events into the master dataset");
    assertThat(done("batch", "--view", view, "--conf", conf.toString()))
        .contains(
            "2 rows from 2 events (0 duplicates dropped, 1 events without device_id, event_type)");
    assertThat(done("maintain", "--view", view, "--conf", conf.toString()))
        .contains("compacted by device_id, event_type, window_start")
        .doesNotContain("Deleted");
    assertThat(done("boundary", "--view", view, "--conf", conf.toString()))
        .isEqualTo("2026-01-31T09:50:00Z\n");
    assertThat(
            done(
                "query",
                "--view",
                view,
                "--key",
                "event_type=a",
                "--output",
                "csv",
                "--conf",
                conf.toString()))
        .isEqualTo(
            """
            device_id,event_type,window_start,window_end,n,hot,top,source
            d,a,2026-01-31T10:00:00Z,2026-01-31T10:10:00Z,1,1,90.0,batch
            d,a,2026-01-31T10:05:00Z,2026-01-31T10:15:00Z,1,1,90.0,batch
            """);
    for (String dialect : List.of("spark", "synapse", "synapse-cosmos")) {
      assertThat(done("sql", "--view", view, "--dialect", dialect, "--conf", conf.toString()))
          .startsWith("CREATE OR ")
          .contains("hot");
    }
  }

  @Test
  void theSpeedJobStopsOnSigtermAndGoesOn() throws Exception {
    int port = LocalBroker.freePort();
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"), port)) {
      broker.createTopic("events", 1);
      Pipeline.send(broker, List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 1)));
      String[] command = follow(broker);
      Commands.Running running = commands().start(Map.of(), command);
      running.awaitError("batch 0 of 1 records");

      running.process().destroy();

      Commands.Result stopped = running.end();
      assertThat(stopped.exitCode()).isEqualTo(143);
      assertThat(stopped.err()).contains("Stopping", "Stopped").doesNotContain("Exception");

      Pipeline.send(broker, List.of(Records.event("2", "d", "2026-01-31T10:00:01Z", 1)));
      List<String> again = new ArrayList<>(List.of(command));
      again.add("--once");
      assertThat(done(again.toArray(String[]::new)))
          .contains("read 1 records: 1 counted, 0 duplicate, 0 late, 0 rejected");
      assertThat(
              done(
                  "query",
                  "--view",
                  "device_metrics",
                  "--output",
                  "csv",
                  "-D",
                  "lake.root=" + folder + "/lake"))
          .contains("d,2026-01-31T10:00:00Z,2026-01-31T10:01:00Z,2,");
    }
  }

  @Test
  void aSecondSpeedJobTakesOverAndTheFirstSaysSoAndStops() throws Exception {
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"), LocalBroker.freePort())) {
      broker.createTopic("events", 1);
      Pipeline.send(broker, List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 1)));
      String[] command = follow(broker);
      Commands.Running first = commands().start(Map.of(), command);
      first.awaitError("batch 0 of 1 records");
      String owner = checkpointOwner();
      Commands.Running second = commands().start(Map.of(), command);
      while (checkpointOwner().equals(owner)) {
        assertThat(second.process().isAlive()).isTrue();
        TimeUnit.MILLISECONDS.sleep(100);
      }

      Pipeline.send(broker, List.of(Records.event("2", "d", "2026-01-31T10:00:30Z", 1)));

      assertFailed(first.end(), "has taken over checkpoint");
      second.awaitError("so far 1 counted");
      second.process().destroy();
      assertThat(second.end().exitCode()).isEqualTo(143);
    }
  }

  @Test
  void aBrokerThatGoesAwayIsWaitedForAndNothingIsLost() throws Exception {
    int port = LocalBroker.freePort();
    LocalBroker broker = LocalBroker.start(folder.resolve("broker"), port);
    broker.createTopic("events", 1);
    Pipeline.send(broker, List.of(Records.event("1", "d", "2026-01-31T10:00:10Z", 1)));
    Commands.Running speed = commands().start(Map.of(), follow(broker));
    speed.awaitError("so far 1 counted");
    broker.close();
    TimeUnit.SECONDS.sleep(10);
    assertThat(speed.process().isAlive()).isTrue();

    try (LocalBroker back = LocalBroker.start(folder.resolve("broker"), port)) {
      Pipeline.send(back, List.of(Records.event("2", "d", "2026-01-31T10:00:20Z", 1)));
      speed.awaitError("so far 2 counted");
      speed.process().destroy();
      assertThat(speed.end().exitCode()).isEqualTo(143);
    }
  }

  @Test
  void aFullDiskIsOneLineAndNothingIsLostOrDoubledAfterwards() throws Exception {
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      lines.add(Records.event("event number " + i, "d" + i % 7, "2026-01-31T10:00:00Z", i));
    }

    Path events = Files.write(folder.resolve("many.jsonl"), lines);
    String[] ingest = {
      "ingest", "--from", events.toString(), "-D", "lake.root=" + folder + "/lake"
    };

    Commands.Result full = commands().startWhereDisksAreFull(300, Map.of(), ingest).end();
    assertFailed(full, "The disk is full");

    assertThat(done(ingest)).contains("20,000 events into the master");
    assertThat(done(ingest)).contains("0 events into the master");
  }

  private String[] follow(LocalBroker broker) {
    return new String[] {
      "speed",
      "--view",
      "device_metrics",
      "-D",
      "lake.root=" + folder + "/lake",
      "-D",
      "kafka.bootstrap-servers=" + broker.address(),
      "-D",
      "speed.delta.trigger=1 second"
    };
  }

  private String checkpointOwner() throws Exception {
    try (Stream<Path> files = Files.walk(folder.resolve("lake/checkpoints/speed"))) {
      Path owner = files.filter(file -> file.endsWith("lambda-owner")).findFirst().orElseThrow();
      return Files.readString(owner);
    }
  }

  @Test
  void aViewIsComputedRebuiltRestoredListedAndLookedAfter() throws Exception {
    String lake = "lake.root=" + folder + "/lake";
    Path events =
        Files.writeString(
            folder.resolve("e.jsonl"), Records.event("1", "d", "2026-01-31T10:00:00Z", 1) + "\n");
    String[] view = {"--view", "device_metrics", "-D", lake, "-D", "serving.settle=0 seconds"};
    done("ingest", "--from", events.toString(), "-D", lake);

    assertThat(done(and(view, "batch", "--incremental"))).contains("1 rows from 1 events");
    assertThat(done(and(view, "batch", "--incremental"))).contains("Nothing to compute");
    Matcher replaced =
        Pattern.compile("What it replaced: batch --view device_metrics --restore (\\d+)")
            .matcher(done(and(view, "batch", "--rebuild", "--reason", "why not")));
    assertThat(replaced.find()).isTrue();
    String version = replaced.group(1);
    assertThat(done(and(view, "batch", "--restore", version)))
        .contains("Restored version " + version);
    assertThat(done(and(view, "runs")).lines())
        .anyMatch(line -> line.contains("rebuild") && line.contains("why not"))
        .anyMatch(line -> line.contains("restore") && line.contains("version " + version))
        .hasSize(6);
    assertThat(done(and(view, "compact"))).contains("nothing to delete");
    assertThat(done(and(view, "status"))).contains("hole", "green", "reconcile has not run yet");
    assertFailed(commands().run(and(view, "reconcile")), "run speed --view device_metrics first");
    assertFailed(commands().run(and(view, "batch", "--restore", "77")), "no version 77");
  }

  private static String[] and(String[] view, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of(view));
    return line.toArray(String[]::new);
  }

  /**
   * SparkSubmit itself, from Maven's class path, stands in for the script of a Spark distribution.
   */
  @Test
  void withASparkHomeTheShadedJarRunsBySparkSubmit() throws Exception {
    SparkHome spark = SparkHome.in(folder.resolve("spark"));
    Path events =
        Files.writeString(
            folder.resolve("e.jsonl"), Records.event("1", "d", "2026-01-31T10:00:00Z", 1) + "\n");
    Map<String, String> environment =
        Map.of("SPARK_HOME", spark.folder().toString(), "LAKE_ROOT", folder + "/lake");

    Commands.Result result =
        commands().start(environment, "ingest", "--from", events.toString()).end();

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out()).contains("1 events into the master");
  }

  @Test
  void theDemoAccountsForEveryRecordAndShowsBothLayers() throws Exception {
    String out = done("demo", "--lake", folder + "/demo");

    assertThat(out).contains("batch, history", "batch, all", "Boundary of device_metrics");
    List<Long> speed =
        out.lines()
            .filter(line -> line.strip().startsWith("speed, all"))
            .flatMap(line -> List.of(line.replace("speed, all", "").strip().split(" +")).stream())
            .map(number -> Long.parseLong(number.replace(",", "")))
            .toList();
    assertThat(speed).hasSize(5).allMatch(count -> count > 0);
    assertThat(speed.get(0)).isEqualTo(speed.stream().skip(1).mapToLong(Long::longValue).sum());
    List<String> sources =
        out.lines()
            .filter(line -> line.startsWith("sensor-"))
            .map(line -> line.substring(line.lastIndexOf(' ') + 1))
            .toList();
    assertThat(sources)
        .containsExactly("batch", "batch", "batch", "batch", "speed", "speed", "speed", "speed");
    assertThat(folder.resolve("demo/batch/device_metrics/_delta_log")).isDirectory();
  }

  private String done(String... command) throws Exception {
    Commands.Result result = commands().run(command);
    assertThat(result.exitCode()).as("%s%n%s", List.of(command), result.err()).isZero();
    return result.out();
  }

  private static void assertFailed(Commands.Result result, String message) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).contains("Error: ").contains(message).doesNotContain("\tat ");
    assertThat(result.out()).isEmpty();
  }

  private Commands commands() {
    return new Commands(folder);
  }
}
