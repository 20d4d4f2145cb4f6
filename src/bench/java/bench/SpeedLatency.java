package bench;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Measures the latency from an event's scheduled send time until it is visible in Redis, at a
 * steady rate: the speed job against Flink firing every second, each with and without
 * deduplication.
 */
final class SpeedLatency {
  private static final Duration PATIENCE = Duration.ofMinutes(3);

  private final Workplace workplace;
  private final int perSecond;
  private final Duration warmUp;
  private final Duration measured;

  SpeedLatency(Workplace workplace) {
    this.workplace = workplace;
    this.perSecond = workplace.quick() ? 1_000 : 10_000;
    this.warmUp = Duration.ofSeconds(workplace.quick() ? 5 : 60);
    this.measured = Duration.ofSeconds(workplace.quick() ? 5 : 60);
  }

  /**
   * A long-running system under test.
   *
   * @param command command line; {@code {topic}} stands for the topic
   * @param keys pattern of the job's keys in Redis, with {@code %s} for the device
   */
  private record Job(String name, List<String> command, String keys) {}

  /**
   * The measurements of a job.
   *
   * @param seconds latencies, ascending
   * @param heap megabytes in use after the last collection
   */
  private record Measured(
      String name, double firstAnswer, List<Double> seconds, double cores, double heap) {
    double quantile(double share) {
      return Comparison.quantile(seconds, share);
    }
  }

  void run() throws Exception {
    List<Measured> all = new ArrayList<>();
    try (Services services = Services.start(workplace)) {
      SpeedCommands commands = new SpeedCommands(workplace, services);
      List<Job> jobs = new ArrayList<>();
      for (Deduplication deduplication : Deduplication.values()) {
        jobs.add(flink(commands, deduplication));
        jobs.add(ours(commands, deduplication));
      }

      for (Job job : jobs) {
        Measured found = measure(services, job);
        System.err.printf(Locale.ROOT, "%s: p99 %.2f s%n", found.name(), found.quantile(0.99));
        all.add(found);
      }
    }

    print(System.out, all);
    workplace.writeFigures("speed-latency", json(all));
  }

  private Measured measure(Services services, Job job) throws Exception {
    String run = job.name().replaceAll("\\W+", "-");
    Events.createTopic(services.brokers(), run);
    List<String> command =
        job.command().stream().map(word -> word.replace("{topic}", run)).toList();
    long started = System.nanoTime();
    try (LiveProcess process =
            LiveProcess.start(command, workplace.folder().resolve(run + ".log"));
        Visibility visibility =
            new Visibility(services.redisPort(), job.keys().replace("{topic}", run));
        LiveEvents events = new LiveEvents(services.brokers(), run, perSecond, visibility::due)) {
      visibility.start();
      events.start();
      awaitFirstAnswer(visibility, process);
      double firstAnswer = secondsSince(started);
      TimeUnit.MILLISECONDS.sleep(warmUp.toMillis());

      double cpu = process.cpuSeconds();
      long from = System.nanoTime();
      visibility.startMeasuring();
      TimeUnit.MILLISECONDS.sleep(measured.toMillis());
      double cores = (process.cpuSeconds() - cpu) / secondsSince(from);
      List<Double> seconds = visibility.measured(PATIENCE);
      process.requireAlive();
      return new Measured(job.name(), firstAnswer, seconds, cores, process.liveHeap() / 1e6);
    }
  }

  private static void awaitFirstAnswer(Visibility visibility, LiveProcess process)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!visibility.answersWithin(Duration.ofMillis(20))) {
      process.requireAlive();
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("Nothing became visible within " + PATIENCE);
      }
    }
  }

  private static double secondsSince(long nanos) {
    return (System.nanoTime() - nanos) / 1e9;
  }

  private static Job ours(SpeedCommands commands, Deduplication deduplication) {
    return new Job(
        "the speed job, " + deduplication,
        commands.ours(
            List.of("speed", "--view", "device_metrics"),
            "{topic}",
            "{topic}",
            "speed.sinks=[redis]",
            "speed.duplicates=" + deduplication.setting()),
        SpeedCommands.keysOfOurs("{topic}"));
  }

  private static Job flink(SpeedCommands commands, Deduplication deduplication) {
    return new Job(
        "Flink 2.2, " + deduplication,
        commands.flink("{topic}", "{topic}", deduplication, "live"),
        SpeedCommands.keysOfFlink("{topic}"));
  }

  private void print(PrintStream out, List<Measured> all) {
    out.printf(
        Locale.ROOT,
        "speed-latency: %,d events/s, measured for %d s after a %d s warm-up, %d cores%n%n",
        perSecond,
        measured.toSeconds(),
        warmUp.toSeconds(),
        Runtime.getRuntime().availableProcessors());
    out.println(
        "| contender | p50, s | p95, s | p99, s | p99 relative to Flink's | cores busy | live heap, MB | time to first result, s |");
    out.println("|---|---|---|---|---|---|---|---|");
    for (int i = 0; i < all.size(); i++) {
      Measured found = all.get(i);
      Measured flink = all.get(i - i % 2);
      out.printf(
          Locale.ROOT,
          "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %,.0f | %.1f |%n",
          found.name(),
          found.quantile(0.5),
          found.quantile(0.95),
          found.quantile(0.99),
          found.quantile(0.99) / flink.quantile(0.99),
          found.cores(),
          found.heap(),
          found.firstAnswer());
    }
  }

  private static List<String> json(List<Measured> all) {
    List<String> lines = new ArrayList<>();
    for (Measured found : all) {
      lines.add(
          String.format(
              Locale.ROOT,
              "{\"bench\": \"speed-latency\", \"contender\": \"%s\", \"p50_s\": %.3f, \"p95_s\": %.3f, \"p99_s\": %.3f, \"cores\": %.3f, \"heap_mb\": %.0f, \"first_answer_s\": %.2f}",
              found.name(),
              found.quantile(0.5),
              found.quantile(0.95),
              found.quantile(0.99),
              found.cores(),
              found.heap(),
              found.firstAnswer()));
    }

    return lines;
  }
}
