package bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/**
 * Benchmarks of the application, some against other engines.
 *
 * <pre>scripts/bench.sh NAME [--quick]</pre>
 */
public final class Bench {
  private Bench() {}

  /** Arguments: the project's folder, the name of a benchmark, and optionally {@code --quick}. */
  public static void main(String[] arguments) throws Exception {
    Path folder = Files.createTempDirectory("bench");
    Workplace workplace =
        new Workplace(Path.of(arguments[0]), folder, List.of(arguments).contains("--quick"));
    try {
      switch (arguments[1]) {
        case "speed-throughput" -> new SpeedThroughput(workplace, Deduplication.dedup).run();
        case "speed-throughput-plain" -> new SpeedThroughput(workplace, Deduplication.plain).run();
        case "speed-latency" -> new SpeedLatency(workplace).run();
        case "alert-latency" -> new AlertLatency(workplace).run();
        case "speed-views" -> new SpeedViews(workplace).run();
        case "batch" -> new BatchCost(workplace, "device_metrics").run();
        case "batch-daily" -> new BatchCost(workplace, "device_daily_metrics").run();
        case "batch-users" -> new BatchCost(workplace, "user_activity_summary").run();
        case "ingest" -> new IngestCost(workplace).run();
        case "serve" -> new ServeLatency(workplace).run();
        case "query" -> new QueryCost(workplace).run();
        default -> throw new IllegalArgumentException("Unknown benchmark: " + arguments[1]);
      }
    } catch (Exception failed) {
      System.err.println("The contenders' output is in " + folder);
      throw failed;
    }

    delete(folder);
  }

  private static void delete(Path folder) throws Exception {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
