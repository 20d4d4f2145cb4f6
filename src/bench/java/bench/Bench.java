package bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import redis.clients.jedis.Jedis;

/**
 * Benchmarks of the application against others.
 *
 * <pre>scripts/bench.sh NAME [--quick]</pre>
 */
public final class Bench {
  private static final List<String> MEASURES =
      List.of(
          "event_count",
          "avg_temperature",
          "min_temperature",
          "max_temperature",
          "stddev_temperature",
          "total_energy",
          "unique_users");

  private final Path home;
  private final Path folder;
  private final boolean quick;

  private Bench(Path home, Path folder, boolean quick) {
    this.home = home;
    this.folder = folder;
    this.quick = quick;
  }

  /** Arguments: the project's folder, the name of a benchmark, and {@code --quick} or nothing. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("bench");
    Bench bench =
        new Bench(Path.of(arguments[0]), folder, List.of(arguments).contains("--quick"));
    try {
      switch (arguments[1]) {
        case "speed-throughput" -> bench.speedThroughput();
        default -> throw new IllegalArgumentException("No benchmark " + arguments[1]);
      }
    } finally {
      delete(folder);
    }
  }

  private void speedThroughput() throws Exception {
    long small = quick ? 50_000 : 500_000;
    long large = quick ? 150_000 : 2_000_000;
    String classPath = Files.readString(home.resolve("target/local.classpath")).strip();
    try (Services services = Services.start(folder, classPath)) {
      for (long size : List.of(small, large)) {
        System.err.printf("Sending %,d events ...%n", size);
        Events.fill(services.brokers(), "events-" + size, size);
      }

      List<Contender> contenders =
          List.of(flink(services, "dedup"), ours(services, List.of()));
      new Comparison(
              "speed-throughput", contenders, small, large, quick ? 1 : 3, folder)
          .run(System.out, home.resolve("target/bench/speed-throughput.json"));
    }
  }

  private Contender ours(Services services, List<String> more) {
    List<String> command =
        new ArrayList<>(
            List.of(
                home.resolve("scripts/submit.sh").toString(),
                "speed",
                "--view",
                "device_metrics",
                "--once",
                "-D",
                "lake.root=" + folder.resolve("{run}"),
                "-D",
                "kafka.bootstrap-servers=" + services.brokers(),
                "-D",
                "kafka.topic=events-{size}",
                "-D",
                "speed.sinks=[redis]",
                "-D",
                "speed.redis.port=" + services.redisPort(),
                "-D",
                "speed.redis.key-prefix={run}"));
    command.addAll(more);
    // A drain is short-lived; the job that it stands for is not.
    Map<String, String> environment =
        Map.of(
            "DRIVER_MEMORY", "4g", "DRIVER_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4 -XX:+UseG1GC");
    return new Contender(
        "ours",
        "4 GB heap, batches of speed.max-records-per-batch",
        command,
        environment,
        (run, size) -> hashes(services, run + ":device_metrics:{%s}"));
  }

  private Contender flink(Services services, String deduplication) {
    List<String> command = new ArrayList<>(rival("rival.FlinkSpeed"));
    command.addAll(
        List.of(
            services.brokers(),
            "events-{size}",
            String.valueOf(services.redisPort()),
            "{run}",
            deduplication,
            "bounded"));
    return new Contender(
        "Flink 2.2, " + deduplication,
        "4 GB heap, parallelism 2, heap state, object reuse, fires each second",
        command,
        Map.of(),
        (run, size) -> hashes(services, run + ":%s"));
  }

  private List<String> rival(String main) throws RuntimeException {
    return List.of(
        "java",
        "@" + home.resolve("conf/jvm.options"),
        "-Xmx4g",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp",
        System.getProperty("java.class.path"),
        main);
  }

  private static Map<String, Map<String, String>> hashes(Services services, String pattern) {
    Map<String, Map<String, String>> rows = new TreeMap<>();
    try (Jedis redis = new Jedis("127.0.0.1", services.redisPort())) {
      for (int i = 0; i < Events.DEVICES; i++) {
        Map<String, String> row = redis.hgetAll(pattern.formatted("device-" + i));
        if (!row.isEmpty()) {
          row.keySet().retainAll(MEASURES);
          rows.put("device-" + i, row);
        }
      }
    }

    return rows;
  }

  private static void delete(Path folder) throws Exception {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
