package endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Commands;
import testing.InProcess;
import testing.Records;

/** Commands run one after another on one lake, and their output. */
class CommandsIT {
  @TempDir private Path folder;

  @Test
  void whatCannotBeDoneIsOneLineAndExitCode1() throws Exception {
    assertFailed(InProcess.run("ingest", "--from", folder + "/none"), "No such file or folder");
    assertFailed(
        InProcess.run("query", "--view", "device_metrics", "-D", "lake.root=" + folder + "/none"),
        "run ingest, then batch --view device_metrics");
    assertFailed(
        InProcess.run(
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
        InProcess.run(
            "ingest", "--from", folder + "/broken.jsonl.gz", "-D", "lake.root=" + folder + "/lake"),
        "broken.jsonl.gz in full");
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

    assertThat(InProcess.done("ingest", "--from", events.toString(), "--conf", conf.toString()))
        .contains("Read 2 records", "2 events into the master dataset");
    assertThat(InProcess.done("batch", "--view", view, "--conf", conf.toString()))
        .contains(
            "2 rows from 2 events (0 duplicates dropped, 1 events without device_id, event_type)");
    assertThat(InProcess.done("maintain", "--view", view, "--conf", conf.toString()))
        .contains("compacted (z-ordered by device_id, event_type, window_start)");
    assertThat(InProcess.done("boundary", "--view", view, "--conf", conf.toString()))
        .isEqualTo("2026-01-31T09:50:00Z\n");
    assertThat(
            InProcess.done(
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
    for (String dialect : List.of("spark", "synapse", "synapse-cosmos", "metric-view")) {
      assertThat(
              InProcess.done(
                  "sql", "--view", view, "--dialect", dialect, "--conf", conf.toString()))
          .startsWith("CREATE OR ")
          .contains("hot");
    }
  }

  @Test
  void aViewIsComputedRebuiltRestoredListedAndLookedAfter() throws Exception {
    String lake = "lake.root=" + folder + "/lake";
    Path events =
        Files.writeString(
            folder.resolve("e.jsonl"), Records.event("1", "d", "2026-01-31T10:00:00Z", 1) + "\n");
    String[] view = {"--view", "device_metrics", "-D", lake, "-D", "serving.settle=0 seconds"};
    InProcess.done("ingest", "--from", events.toString(), "-D", lake);

    assertThat(InProcess.done(and(view, "batch", "--incremental")))
        .contains("1 rows from 1 events");
    assertThat(InProcess.done(and(view, "batch", "--incremental"))).contains("Nothing to compute");
    Matcher replaced =
        Pattern.compile("To undo: batch --view device_metrics --restore (\\d+)")
            .matcher(InProcess.done(and(view, "batch", "--rebuild", "--reason", "why not")));
    assertThat(replaced.find()).isTrue();
    String version = replaced.group(1);
    assertThat(InProcess.done(and(view, "batch", "--restore", version)))
        .contains("Restored version " + version);
    assertThat(InProcess.done(and(view, "runs")).lines())
        .anyMatch(line -> line.contains("rebuild") && line.contains("why not"))
        .anyMatch(line -> line.contains("restore") && line.contains("version " + version))
        .hasSize(6);
    assertThat(InProcess.done(and(view, "compact"))).contains("nothing to delete");
    Commands.Result status = InProcess.run(and(view, "status"));
    assertThat(status.exitCode()).as("the data are months old").isEqualTo(1);
    assertThat(status.err()).contains("[HEALTH_RED]");
    assertThat(status.out())
        .containsPattern("data-age +red .* at most PT6H")
        .containsPattern("coverage +green")
        .containsPattern("batch-success +green +100.00 %")
        .contains("reconcile has not run yet", "has not run yet");
    assertFailed(InProcess.run(and(view, "reconcile")), "run speed --view device_metrics first");
    assertFailed(InProcess.run(and(view, "batch", "--restore", "77")), "no version 77");
  }

  private static String[] and(String[] view, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of(view));
    return line.toArray(String[]::new);
  }

  private static void assertFailed(Commands.Result result, String message) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).startsWith("Error: ").contains(message);
    assertThat(result.out()).isEmpty();
  }
}
