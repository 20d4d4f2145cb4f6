package process;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Commands;
import testing.InProcess;
import testing.Notebooks;
import testing.Pipeline;
import testing.Records;

/** Runs scripts/submit.sh as a user does, to test what only a separate process can show. */
class SubmitIT {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @TempDir private Path folder;

  @Test
  void helpAndWrongUsageNeedNoSparkAndAreExitCodes0And2() throws Exception {
    Commands.Result help = commands().run("batch", "--help");
    assertThat(help.exitCode()).isZero();
    assertThat(help.out()).contains("Usage: batch", "Example:", "scripts/submit.sh");
    assertThat(help.err()).isEmpty();

    assertWrongUsage(commands().run("frobnicate"), "unknown command 'frobnicate'");
    assertWrongUsage(commands().run("status", "--view", "nope"), "Unknown view 'nope'");
  }

  @Test
  void withoutJavaTheUserIsToldWhatToInstall() throws Exception {
    Commands.Result result = commands().start(Map.of("JAVA_HOME", folder.toString()), "runs").end();

    assertFailed(result, "which has no bin/java: set it to a JDK 17");
  }

  @Test
  void theSpeedJobOutlivesItsBrokerStopsOnSigtermAndGoesOn() throws Exception {
    int port = LocalBroker.freePort();
    LocalBroker broker = LocalBroker.start(folder.resolve("broker"), port);
    broker.createTopic("events", 1);
    Pipeline.send(broker, List.of(Records.event("1", "d", "2026-01-31T10:00:10Z", 1)));
    String[] command = follow(broker);
    int metrics = LocalBroker.freePort();
    List<String> watched = new ArrayList<>(List.of(command));
    watched.addAll(List.of("-D", "metrics.port=" + metrics));
    Commands.Running running = commands().start(Map.of(), watched.toArray(String[]::new));
    running.awaitError("so far 1 counted");
    broker.close();
    TimeUnit.SECONDS.sleep(10);
    assertThat(running.process().isAlive()).isTrue();

    try (LocalBroker back = LocalBroker.start(folder.resolve("broker"), port)) {
      Pipeline.send(back, List.of(Records.event("2", "d", "2026-01-31T10:00:20Z", 1)));
      running.awaitError("so far 2 counted");
      awaitMetric(
          metrics,
          "lambda_stream_records_total{outcome=\"counted\",query=\"speed device_metrics delta\"} 2.0");
      running.process().destroy();

      Commands.Result stopped = running.end();
      assertThat(stopped.exitCode()).isEqualTo(143);
      assertThat(stopped.err()).contains("Stopping", "Stopped").doesNotContain("Exception");

      Pipeline.send(back, List.of(Records.event("3", "d", "2026-01-31T10:00:30Z", 1)));
      List<String> again = new ArrayList<>(List.of(command));
      again.add("--once");
      assertThat(InProcess.done(again.toArray(String[]::new)))
          .contains("read 1 records: 1 counted, 0 duplicate, 0 late, 0 rejected");
      assertThat(
              InProcess.done(
                  "query",
                  "--view",
                  "device_metrics",
                  "--output",
                  "csv",
                  "-D",
                  "lake.root=" + folder + "/lake"))
          .contains("d,2026-01-31T10:00:00Z,2026-01-31T10:01:00Z,3,");
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
      while (Set.of("", owner).contains(checkpointOwner())) {
        assertThat(second.process().isAlive()).isTrue();
        TimeUnit.MILLISECONDS.sleep(100);
      }

      Pipeline.send(broker, List.of(Records.event("2", "d", "2026-01-31T10:00:30Z", 1)));

      // Spark may detect the conflict first, by finding the micro-batch in the checkpoint.
      assertFailed(first.end(), "[CHECKPOINT_IN_USE]");
      second.awaitError("so far 1 counted");
      second.process().destroy();
      assertThat(second.end().exitCode()).isEqualTo(143);
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

    assertThat(InProcess.done(ingest)).contains("20,000 events into the master");
    assertThat(InProcess.done(ingest)).contains("0 events into the master");
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

  private static void awaitMetric(int port, String line) throws Exception {
    URI endpoint = URI.create("http://localhost:%d/metrics".formatted(port));
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    String metrics = body(endpoint);
    while (!metrics.contains(line) && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(100);
      metrics = body(endpoint);
    }

    assertThat(metrics).contains(line);
  }

  private static String body(URI address) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(address).timeout(PATIENCE).build();
    return HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString()).body();
  }

  private static String statusLine(int port, String request) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout((int) PATIENCE.toMillis());
      socket.getOutputStream().write(request.getBytes(UTF_8));
      return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
    }
  }

  /** The owner of the checkpoint; empty while a job is replacing the file. */
  private String checkpointOwner() throws Exception {
    try (Stream<Path> files = Files.walk(folder.resolve("lake/checkpoints/speed"))) {
      Optional<Path> owner = files.filter(file -> file.endsWith("lambda-owner")).findFirst();
      return owner.isPresent() ? Files.readString(owner.get()) : "";
    } catch (NoSuchFileException | UncheckedIOException replaced) {
      return "";
    }
  }

  @Test
  void theDemoAccountsForEveryRecordAndShowsBothLayersOnAPageThatChangesUntilSigterm()
      throws Exception {
    int port = LocalBroker.freePort();
    Commands.Running running =
        commands()
            .start(
                Map.of(),
                "demo",
                "--lake",
                folder + "/demo",
                "--serve",
                "--port",
                String.valueOf(port));
    running.awaitOutput("http://127.0.0.1:%d/ until Ctrl-C".formatted(port));
    URI page = URI.create("http://127.0.0.1:%d/".formatted(port));
    assertThat(body(page)).contains("<title>Lambda analytics</title>");
    URI newest = page.resolve("v1/views/device_metrics/newest?key=sensor-01");
    String first = body(newest);
    assertThat(first).contains("\"device_id\":\"sensor-01\"");
    long deadline = System.nanoTime() + 4 * PATIENCE.toNanos();
    while (body(newest).equals(first) && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(200);
    }

    assertThat(body(newest)).contains("\"device_id\":\"sensor-01\"").isNotEqualTo(first);
    assertThat(statusLine(port, "GET / HTTP/1.1\r\nHost: CONFIDENTIAL@127.0.0.1:abc\r\n\r\n"))
        .startsWith("HTTP/1.1 400");
    running.process().destroy();
    Commands.Result demo = running.end();

    assertThat(demo.exitCode()).as(demo.err()).isEqualTo(143);
    assertThat(demo.err())
        .contains("Stopping", "Stopped")
        .doesNotContain("Exception", "ERROR", "CONFIDENTIAL");
    String out = demo.out();

    assertThat(out).contains("batch, history", "batch, all", "Boundary of device_metrics");
    assertThat(out)
        .containsPattern(
            "HIGH_TEMP device_id=sensor-07 since .* raised .* confirmed by the exact rows");
    assertThat(out.lines().filter(line -> line.matches("  (batch|speed), .*")))
        .hasSize(3)
        .allMatch(SubmitIT::addsUp);
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
    // The notebooks show what a lake with both layers contains.
    Notebooks.run(folder.resolve("demo"))
        .ifPresent(
            ran ->
                assertThat(ran.lines().filter(line -> line.contains(".ipynb:")))
                    .hasSameSizeAs(Notebooks.all())
                    .allMatch(line -> line.matches("\\w+\\.ipynb: \\d+ cells, [1-9] plots")));
  }

  private static void assertWrongUsage(Commands.Result result, String message) {
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).startsWith("Error: ").contains(message);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }

  private static void assertFailed(Commands.Result result, String message) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err()).contains("Error: ").contains(message).doesNotContain("\tat ");
    assertThat(result.out()).isEmpty();
  }

  private Commands commands() {
    return new Commands(folder);
  }

  /** Whether the records read in a line equal the sum of counted, duplicate, late and rejected. */
  private static boolean addsUp(String line) {
    long[] numbers =
        Pattern.compile("[\\d,]*\\d")
            .matcher(line)
            .results()
            .mapToLong(match -> Long.parseLong(match.group().replace(",", "")))
            .toArray();
    return numbers[0] == Arrays.stream(numbers).skip(1).sum();
  }
}
