package bench;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;

/**
 * Runs several systems over the same events in interleaved rounds: each round runs all of them over
 * a small and a large number of events, and the difference between the two excludes the startup
 * cost. The results must agree before the table is printed.
 */
final class Comparison {
  private static final double APPROXIMATE_BOUND = 0.08;
  private static final double EXACT_BOUND = 1e-9;

  private final String name;
  private final List<Contender> contenders;
  private final long small;
  private final long large;
  private final int rounds;
  private final Workplace workplace;
  private final Set<String> approximate;
  private final Map<String, List<Trial>> trials = new TreeMap<>();

  /**
   * Creates a comparison.
   *
   * @param approximate columns whose values are estimates
   */
  Comparison(
      String name,
      List<Contender> contenders,
      long small,
      long large,
      int rounds,
      Workplace workplace,
      Set<String> approximate) {
    this.name = name;
    this.contenders = contenders;
    this.small = small;
    this.large = large;
    this.rounds = rounds;
    this.workplace = workplace;
    this.approximate = Set.copyOf(approximate);
  }

  /**
   * Runs all rounds and prints the table; ratios are relative to the first system.
   *
   * @param figures name of the file for the figures
   */
  void run(PrintStream out, String figures) throws Exception {
    for (int round = 1; round <= rounds; round++) {
      for (long size : List.of(small, large)) {
        Map<String, Map<String, Map<String, String>>> answers = new LinkedHashMap<>();
        for (Contender contender : contenders) {
          String run =
              "%s-r%d-%d-%s".formatted(name, round, size, contender.name()).replaceAll("\\W+", "-");
          Trial trial = contender.run(run, size, workplace.folder().resolve(run + ".log"));
          System.err.printf(
              Locale.ROOT,
              "Round %d of %d, %,d events, %s: %.1f s, %.1f CPU-s%n",
              round,
              rounds,
              size,
              contender.name(),
              trial.wallSeconds(),
              trial.cpuSeconds());
          trials.computeIfAbsent(key(contender, size), any -> new ArrayList<>()).add(trial);
          answers.put(contender.name(), contender.answers().of(run, size));
        }

        requireAgreement(answers);
      }
    }

    print(out);
    workplace.writeFigures(figures, json());
  }

  private static String key(Contender contender, long size) {
    return contender.name() + " " + size;
  }

  private void requireAgreement(Map<String, Map<String, Map<String, String>>> answers) {
    String first = answers.keySet().iterator().next();
    Map<String, Map<String, String>> expected = answers.get(first);
    if (expected.isEmpty()) {
      throw new IllegalStateException(first + " produced no rows");
    }

    answers.forEach(
        (other, rows) -> {
          if (!rows.keySet().equals(expected.keySet())) {
            throw new IllegalStateException(
                "%s and %s have different keys: %d rows against %d"
                    .formatted(first, other, expected.size(), rows.size()));
          }

          rows.forEach((key, row) -> requireSame(first, expected.get(key), other, row, key));
        });
  }

  private void requireSame(
      String first,
      Map<String, String> expected,
      String other,
      Map<String, String> row,
      String key) {
    if (!row.keySet().equals(expected.keySet())) {
      throw new IllegalStateException(
          "%s: %s has columns %s, %s has %s"
              .formatted(key, first, expected.keySet(), other, row.keySet()));
    }

    for (String column : row.keySet()) {
      double one = Double.parseDouble(expected.get(column));
      double two = Double.parseDouble(row.get(column));
      double bound = approximate.contains(column) ? APPROXIMATE_BOUND : EXACT_BOUND;
      double scale = Math.max(1e-3, Math.max(Math.abs(one), Math.abs(two)));
      // The negated comparison also rejects NaN.
      if (!(Math.abs(one - two) <= bound * scale)) {
        throw new IllegalStateException(
            "%s of %s: %s has %s, %s has %s".formatted(column, key, first, one, other, two));
      }
    }
  }

  private void print(PrintStream out) {
    out.printf(
        Locale.ROOT,
        "%s: %,d and %,d events, %d interleaved rounds, %d cores; the answers agree%n%n",
        name,
        small,
        large,
        rounds,
        Runtime.getRuntime().availableProcessors());
    out.println(
        "| contender | CPU us/event: median | min | max | events/s | CPU-s of the small run | peak memory, MB | ratio | settings |");
    out.println("|---|---|---|---|---|---|---|---|---|");
    double reference = median(perEvent(contenders.get(0)));
    for (Contender contender : contenders) {
      List<Double> cost = perEvent(contender);
      double wall =
          median(each(contender, large, Trial::wallSeconds))
              - median(each(contender, small, Trial::wallSeconds));
      out.printf(
          Locale.ROOT,
          "| %s | %.2f | %.2f | %.2f | %,.0f | %.1f | %,.0f | %.2f | %s |%n",
          contender.name(),
          median(cost),
          cost.stream().min(Double::compare).orElseThrow(),
          cost.stream().max(Double::compare).orElseThrow(),
          (large - small) / wall,
          median(each(contender, small, Trial::cpuSeconds)),
          median(each(contender, large, trial -> trial.peakBytes() / 1e6)),
          median(cost) / reference,
          contender.settings());
    }
  }

  private List<Double> perEvent(Contender contender) {
    List<Double> less = each(contender, small, Trial::cpuSeconds);
    List<Double> more = each(contender, large, Trial::cpuSeconds);
    List<Double> cost = new ArrayList<>();
    for (int i = 0; i < less.size(); i++) {
      cost.add(1e6 * (more.get(i) - less.get(i)) / (large - small));
    }

    return cost;
  }

  private List<Double> each(Contender contender, long size, ToDoubleFunction<Trial> figure) {
    return trials.get(key(contender, size)).stream().mapToDouble(figure).boxed().toList();
  }

  /** The smallest value that is at least as large as the given share of all values. */
  static double quantile(List<Double> ascending, double share) {
    return ascending.get((int) Math.ceil(share * ascending.size()) - 1);
  }

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int size = sorted.size();
    return (sorted.get((size - 1) / 2) + sorted.get(size / 2)) / 2;
  }

  private List<String> json() {
    List<String> lines = new ArrayList<>();
    for (Contender contender : contenders) {
      for (long size : List.of(small, large)) {
        trials
            .get(key(contender, size))
            .forEach(trial -> lines.add(trial.json(name, contender.name(), size)));
      }
    }

    return lines;
  }
}
