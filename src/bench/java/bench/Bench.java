package bench;

import static java.util.Comparator.naturalOrder;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;

/**
 * Benchmarks of the application against other engines.
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

  /** Arguments: the project's folder, the name of a benchmark, and optionally {@code --quick}. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("bench");
    Bench bench = new Bench(Path.of(arguments[0]), folder, List.of(arguments).contains("--quick"));
    try {
      switch (arguments[1]) {
        case "speed-throughput" -> bench.speedThroughput();
        case "batch" -> bench.batch();
        default -> throw new IllegalArgumentException("Unknown benchmark: " + arguments[1]);
      }
    } catch (Exception failed) {
      System.err.println("The contenders' output is in " + folder);
      throw failed;
    }

    delete(folder);
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

      List<Contender> contenders = List.of(flink(services, "dedup"), ours(services));
      new Comparison(
              "speed-throughput",
              contenders,
              small,
              large,
              quick ? 1 : 3,
              folder,
              Set.of("unique_users"))
          .run(System.out, home.resolve("target/bench/speed-throughput.json"));
    }
  }

  /**
   * The minute view and the day view, each against DuckDB over the files of the same master
   * dataset.
   */
  private void batch() throws Exception {
    long small = quick ? 20_000 : 500_000;
    long large = quick ? 60_000 : 2_000_000;
    for (long size : List.of(small, large)) {
      System.err.printf("Ingesting %,d events ...%n", size);
      Events.write(folder.resolve("events-" + size), size);
      Trial.of(
          List.of(
              submit(),
              "ingest",
              "--from",
              folder.resolve("events-" + size).toString(),
              "--format",
              "json",
              "-D",
              "lake.root=" + folder.resolve("lake-" + size)),
          Map.of("DRIVER_MEMORY", "4g"),
          folder.resolve("ingest-" + size + ".log"));
    }

    for (String view : List.of("device_metrics", "device_daily_metrics")) {
      new Comparison(
              "batch " + view,
              List.of(duckDb(view), ours(view)),
              small,
              large,
              quick ? 1 : 2,
              folder,
              Set.of())
          .run(System.out, home.resolve("target/bench/batch-" + view + ".json"));
      System.out.println();
    }
  }

  private Contender ours(String view) {
    // Computes the whole view each time, so that runs can share a lake.
    List<String> command =
        List.of(
            submit(), "batch", "--view", view, "-D", "lake.root=" + folder.resolve("lake-{size}"));
    return new Contender(
        "ours",
        "4 GB heap, two shuffle partitions",
        command,
        Map.of(),
        (run, size) -> perDevice(newest(folder.resolve("lake-" + size + "/batch/" + view)), view));
  }

  private Contender duckDb(String view) {
    List<String> command = new ArrayList<>(rival("rival.DuckDbBatch"));
    command.addAll(
        List.of(
            folder.resolve("lake-{size}/master/events").toString(),
            folder.resolve("{run}.parquet").toString(),
            view));
    return new Contender(
        "DuckDB 1.5.6",
        "two threads, exact distinct and median, deduplication by row_number",
        command,
        Map.of(),
        (run, size) -> perDevice("'%s'".formatted(folder.resolve(run + ".parquet")), view));
  }

  /**
   * The files that the last commit of a table added: a run over the whole view replaces all files.
   */
  private static String newest(Path table) throws IOException {
    try (Stream<Path> log = Files.list(table.resolve("_delta_log"))) {
      Path commit = log.filter(file -> file.toString().endsWith(".json")).max(naturalOrder()).get();
      return Files.readAllLines(commit).stream()
          .filter(line -> line.startsWith("{\"add\":"))
          .map(line -> line.replaceFirst("^.*?\"path\":\"([^\"]+)\".*$", "$1"))
          .map(file -> "'%s'".formatted(table.resolve(file)))
          .collect(joining(", "));
    }
  }

  /** Sums over each device's windows: a window that differs changes at least one sum. */
  private static Map<String, Map<String, String>> perDevice(String files, String view)
      throws SQLException {
    List<String> measures = new ArrayList<>(MEASURES);
    if (view.equals("device_daily_metrics")) {
      measures.add("median_temperature");
    }

    Map<String, Map<String, String>> rows = new TreeMap<>();
    String sums =
        measures.stream()
            .map(measure -> "CAST(coalesce(sum(%1$s), 0) AS DOUBLE) AS %1$s".formatted(measure))
            .collect(joining(", "));
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT device_id, count(*) AS windows, %s FROM read_parquet([%s]) GROUP BY ALL"
                    .formatted(sums, files))) {
      while (found.next()) {
        Map<String, String> row = new TreeMap<>(Map.of("windows", found.getString("windows")));
        for (String measure : measures) {
          row.put(measure, found.getString(measure));
        }

        rows.put(found.getString("device_id"), row);
      }
    }

    return rows;
  }

  private String submit() {
    return home.resolve("scripts/submit.sh").toString();
  }

  private Contender ours(Services services) {
    List<String> command =
        List.of(
            submit(),
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
            "speed.redis.key-prefix={run}");
    // A drain is short-lived; these are JVM options of the long-running job that it represents.
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

  private List<String> rival(String main) {
    return List.of(
        Services.java(),
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
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
