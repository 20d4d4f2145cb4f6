package bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * Measures the cost of a {@code query} of one key over a short and a long history, with both layers
 * filled.
 */
final class QueryCost {
  /**
   * Ten events per second: 14 hours in the short history, more than two days in the long history.
   */
  private static final long MICROS_BETWEEN = 100_000;

  private final Workplace workplace;

  QueryCost(Workplace workplace) {
    this.workplace = workplace;
  }

  void run() throws Exception {
    List<Long> sizes =
        workplace.quick() ? List.of(20_000L, 60_000L) : List.of(500_000L, 2_000_000L);
    for (long size : sizes) {
      fill(size);
    }

    int rounds = workplace.quick() ? 1 : 5;
    Map<Long, List<Trial>> trials = new TreeMap<>();
    for (int round = 1; round <= rounds; round++) {
      for (long size : sizes) {
        Trial trial =
            Trial.of(
                workplace.command(
                    List.of(
                        "query",
                        "--view",
                        "device_metrics",
                        "--key",
                        "device_id=device-7",
                        "--output",
                        "csv"),
                    lake(size)),
                Map.of(),
                workplace.folder().resolve("query-%d-%d.log".formatted(size, round)));
        requireRows(size, round);
        System.err.printf(
            Locale.ROOT,
            "Round %d of %d, %,d events: %.1f s, %.1f CPU-s%n",
            round,
            rounds,
            size,
            trial.wallSeconds(),
            trial.cpuSeconds());
        trials.computeIfAbsent(size, any -> new ArrayList<>()).add(trial);
      }
    }

    print(System.out, trials);
    workplace.writeFigures("query", json(trials));
  }

  private void fill(long size) throws Exception {
    System.err.printf("Filling both layers with %,d events ...%n", size);
    Events.write(workplace.folder().resolve("events-" + size), size, MICROS_BETWEEN);
    workplace.ingest(
        workplace.folder().resolve("events-" + size), workplace.folder().resolve("lake-" + size));
    Trial.of(
        workplace.command(List.of("batch", "--view", "device_metrics"), lake(size)),
        Map.of(),
        workplace.folder().resolve("batch-%d.log".formatted(size)));
    try (Services services = Services.start(workplace)) {
      Events.fill(services.brokers(), "events", size / 10);
      Trial.of(
          workplace.command(
              List.of("speed", "--view", "device_metrics", "--once"),
              lake(size),
              "kafka.bootstrap-servers=" + services.brokers()),
          workplace.longRunning(),
          workplace.folder().resolve("speed-%d.log".formatted(size)));
    }
  }

  private String lake(long size) {
    return "lake.root=" + workplace.folder().resolve("lake-" + size);
  }

  /** Requires one window for each minute in which the master dataset has events of the key. */
  private void requireRows(long size, int round) throws Exception {
    long found =
        Files.readAllLines(workplace.folder().resolve("query-%d-%d.log".formatted(size, round)))
            .stream()
            .filter(line -> line.startsWith("device-7,"))
            .count();
    Path master = workplace.folder().resolve("lake-%d/master/events".formatted(size));
    long expected = Answers.minutes(Answers.allFiles(master), "device-7");
    if (found != expected) {
      throw new IllegalStateException(
          "The query over %,d events has %d windows instead of %d"
              .formatted(size, found, expected));
    }
  }

  private static void print(PrintStream out, Map<Long, List<Trial>> trials) {
    out.println("| events | wall, s: median | min | max | CPU, s: median | peak memory, MB |");
    out.println("|---|---|---|---|---|---|");
    trials.forEach(
        (size, all) ->
            out.printf(
                Locale.ROOT,
                "| %,d | %.2f | %.2f | %.2f | %.2f | %,.0f |%n",
                size,
                Comparison.median(all.stream().map(Trial::wallSeconds).toList()),
                all.stream().mapToDouble(Trial::wallSeconds).min().orElseThrow(),
                all.stream().mapToDouble(Trial::wallSeconds).max().orElseThrow(),
                Comparison.median(all.stream().map(Trial::cpuSeconds).toList()),
                all.stream().mapToLong(Trial::peakBytes).max().orElseThrow() / 1e6));
  }

  private static List<String> json(Map<Long, List<Trial>> trials) {
    List<String> lines = new ArrayList<>();
    trials.forEach(
        (size, all) -> all.forEach(trial -> lines.add(trial.json("query", "query", size))));
    return lines;
  }
}
