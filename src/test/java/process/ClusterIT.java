package process;

import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Commands;
import testing.InProcess;
import testing.Pipeline;
import testing.Records;
import testing.SparkCluster;

/** The shaded jar on a Spark standalone cluster: a driver, a master and two workers. */
class ClusterIT {
  private static final int EVENTS = 3_000;

  @TempDir private Path folder;

  @Test
  void theClusterGivesWhatOneJvmGivesAlsoWhenAWorkerIsKilled() throws Exception {
    List<String> events = events();
    Path file = Files.write(folder.resolve("events.jsonl"), events);
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"), LocalBroker.freePort());
        SparkCluster cluster = SparkCluster.start(folder, 2)) {
      broker.createTopic("events", 2);
      Pipeline.send(broker, events);
      String kafka = "kafka.bootstrap-servers=" + broker.address();
      Map<String, String> clustered = new HashMap<>(cluster.environment());
      clustered.put("LAKE_ROOT", lake("clustered").toString());
      clustered.put("KAFKA_BOOTSTRAP_SERVERS", broker.address());

      inOneJvm("alone", "ingest", "--from", file.toString());
      inOneJvm("alone", "batch", "--view", "device_daily_metrics");
      inOneJvm("alone", "speed", "--view", "device_metrics", "--once", "-D", kafka);

      assertThat(done(clustered, "ingest", "--from", file.toString()))
          .contains("3,000 events into the master");
      // Executors load the plug-in from the application's jar.
      done(
          clustered,
          "speed",
          "--view",
          "device_metrics",
          "--once",
          "-D",
          "spark.plugins=common.telemetry.SparkMetrics");
      Commands.Running batch =
          commands().start(clustered, "batch", "--view", "device_daily_metrics");
      batch.awaitError("batch: computing");
      while (!cluster.isBusy(0) && batch.process().isAlive()) {
        TimeUnit.MILLISECONDS.sleep(20);
      }

      assertThat(batch.process().isAlive()).as("the batch is running").isTrue();
      cluster.killWorker(0);
      Commands.Result result = batch.end();
      assertThat(result.exitCode()).as(result.err()).isZero();

      for (String view : List.of("device_daily_metrics", "device_metrics")) {
        assertThat(rows("clustered", view)).isEqualTo(rows("alone", view)).hasSizeGreaterThan(5);
      }
    }
  }

  /** Spark, Delta, Kafka and their dependencies come from the engine. */
  @Test
  void theJarCarriesOnlyItsOwnClassesAndRelocatedOnes() throws Exception {
    try (var files = Files.list(Path.of("target"));
        ZipFile jar =
            new ZipFile(
                files
                    .filter(path -> path.toString().endsWith("-app.jar"))
                    .findFirst()
                    .orElseThrow()
                    .toFile())) {
      assertThat(jar.stream().map(entry -> entry.getName()))
          .filteredOn(name -> name.endsWith(".class") && !name.startsWith("META-INF/"))
          .allMatch(name -> name.matches("(batch|common|demo|serving|speed|lambda/shaded)/.*"));
    }
  }

  private Commands commands() {
    return new Commands(folder);
  }

  private String done(Map<String, String> environment, String... command) throws Exception {
    Commands.Result result = commands().start(environment, command).end();
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private Path lake(String name) {
    return folder.resolve(name);
  }

  /** Runs a command on one of the two lakes in this JVM. */
  private String inOneJvm(String lake, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of(command));
    words.addAll(List.of("-D", "lake.root=" + lake(lake)));
    Commands.Result result = InProcess.run(words.toArray(String[]::new));
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  /** The rows of a view without the time of the run, with fractions truncated to nine digits. */
  private List<String> rows(String lake, String view) throws Exception {
    return inOneJvm(lake, "query", "--view", view, "--output", "csv")
        .lines()
        .map(line -> line.replaceFirst(",[^,]*,(batch|speed)$", ",$1"))
        .map(line -> line.replaceAll("(\\.\\d{9})\\d+", "$1"))
        .sorted()
        .toList();
  }

  private static List<String> events() {
    Instant start = Instant.parse("2026-01-30T22:00:00Z");
    List<String> events = new ArrayList<>();
    for (int i = 0; i < EVENTS; i++) {
      events.add(
          Records.event("e" + i, "d" + i % 5, start.plusSeconds(5L * i).toString(), 20 + i % 16));
    }

    return events;
  }
}
