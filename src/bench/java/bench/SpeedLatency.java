package bench;

import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Measures the latency from an event's due time until it is visible in Redis, at a steady rate: the
 * speed job against Flink firing every second, each with and without deduplication.
 */
final class SpeedLatency {
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final Pattern AFTER_PAUSE = Pattern.compile("Pause.*->(\\d+)M\\(");

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
   * @param command command line; {@code {topic}} stands for the topic, {@code {gc}} for the garbage
   *     collection log
   * @param keys pattern of its keys in Redis, with {@code %s} for the device
   */
  private record Job(
      String name, List<String> command, Map<String, String> environment, String keys) {}

  /**
   * The measurements of a job.
   *
   * @param seconds latencies, ascending
   * @param heap megabytes in use after the last collection
   */
  private record Measured(
      String name, double firstAnswer, List<Double> seconds, double cores, double heap) {
    double quantile(double share) {
      return seconds.get((int) Math.min(seconds.size() - 1, share * seconds.size()));
    }
  }

  void run() throws Exception {
    List<Measured> all = new ArrayList<>();
    try (Services services = Services.start(workplace)) {
      List<Job> jobs = new ArrayList<>();
      for (Deduplication deduplication : Deduplication.values()) {
        jobs.add(flink(services, deduplication));
        jobs.add(ours(services, deduplication));
      }

      for (Job job : jobs) {
        Measured found = measure(services, job);
        System.err.printf(Locale.ROOT, "%s: p99 %.2f s%n", found.name(), found.quantile(0.99));
        all.add(found);
      }
    }

    print(System.out, all);
    Files.writeString(workplace.json("speed-latency"), json(all));
  }

  private Measured measure(Services services, Job job) throws Exception {
    String run = job.name().replaceAll("\\W+", "-");
    Events.createTopic(services.brokers(), run);
    Path gc = workplace.folder().resolve(run + ".gc");
    List<String> command = filled(job.command(), run, gc);
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.redirectOutput(workplace.folder().resolve(run + ".log").toFile());
    job.environment()
        .forEach(
            (name, value) ->
                builder.environment().put(name, filled(List.of(value), run, gc).get(0)));
    try (Visibility visibility =
        new Visibility(services.redisPort(), job.keys().replace("{topic}", run))) {
      Process process;
      try (LiveEvents events = new LiveEvents(services.brokers(), run, perSecond, visibility)) {
        long started = System.nanoTime();
        process = builder.start();
        try {
          visibility.start();
          events.start();
          visibility.awaitFirstAnswer(PATIENCE);
          double firstAnswer = (System.nanoTime() - started) / 1e9;
          TimeUnit.MILLISECONDS.sleep(warmUp.toMillis());
          visibility.measure();
          double cpu = cpuSeconds(process.toHandle());
          TimeUnit.MILLISECONDS.sleep(measured.toMillis());
          double cores = (cpuSeconds(process.toHandle()) - cpu) / measured.toSeconds();
          if (!process.isAlive()) {
            throw new IllegalStateException(job.name() + " ended; see its log");
          }

          List<Double> seconds = visibility.seconds();
          requireVisible(job, seconds);
          return new Measured(job.name(), firstAnswer, seconds, cores, heapAfterCollection(gc));
        } finally {
          process.descendants().forEach(ProcessHandle::destroy);
          process.destroy();
          process.waitFor();
        }
      }
    }
  }

  /** Requires only half of the measured events because the newest ones are still in flight. */
  private void requireVisible(Job job, List<Double> seconds) {
    long sent = measured.toSeconds() * perSecond * LiveEvents.PROBES / Events.DEVICES;
    if (seconds.size() < sent / 2) {
      throw new IllegalStateException(
          "%s: only %d of %d timed events became visible"
              .formatted(job.name(), seconds.size(), sent));
    }
  }

  private static List<String> filled(List<String> words, String run, Path gc) {
    return words.stream()
        .map(word -> word.replace("{topic}", run).replace("{gc}", gc.toString()))
        .toList();
  }

  private Job ours(Services services, Deduplication deduplication) {
    Map<String, String> environment = new HashMap<>();
    environment.put("DRIVER_JAVA_OPTIONS", "-Xlog:gc:file={gc}");
    return new Job(
        "the speed job, " + deduplication,
        workplace.command(
            List.of("speed", "--view", "device_metrics"),
            "lake.root=" + workplace.folder().resolve("{topic}"),
            "kafka.bootstrap-servers=" + services.brokers(),
            "kafka.topic={topic}",
            "speed.duplicates=" + deduplication.setting(),
            "speed.sinks=[redis]",
            "speed.redis.port=" + services.redisPort(),
            "speed.redis.key-prefix={topic}"),
        environment,
        "{topic}:device_metrics:{%s}");
  }

  private Job flink(Services services, Deduplication deduplication) {
    List<String> command =
        new ArrayList<>(workplace.rival("rival.FlinkSpeed", "-Xlog:gc:file={gc}"));
    command.addAll(
        List.of(
            services.brokers(),
            "{topic}",
            String.valueOf(services.redisPort()),
            "{topic}",
            deduplication.name(),
            "live"));
    return new Job("Flink 2.2, " + deduplication, command, Map.of(), "{topic}:%s");
  }

  private static double cpuSeconds(ProcessHandle process) {
    return java.util.stream.Stream.concat(
            java.util.stream.Stream.of(process), process.descendants())
        .flatMap(each -> each.info().totalCpuDuration().stream())
        .mapToDouble(duration -> duration.toMillis() / 1e3)
        .sum();
  }

  private static double heapAfterCollection(Path log) throws Exception {
    double last = Double.NaN;
    for (String line : Files.readAllLines(log)) {
      Matcher pause = AFTER_PAUSE.matcher(line);
      if (pause.find()) {
        last = Double.parseDouble(pause.group(1));
      }
    }

    return last;
  }

  private void print(PrintStream out, List<Measured> all) {
    out.printf(
        Locale.ROOT,
        "speed-latency: %,d events/s, %d s after %d s of warm-up, %d cores%n%n",
        perSecond,
        measured.toSeconds(),
        warmUp.toSeconds(),
        Runtime.getRuntime().availableProcessors());
    out.println(
        "| contender | p50, s | p95, s | p99, s | p99 relative to Flink's | cores busy | heap after the last collection, MB | first answer, s |");
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

  private static String json(List<Measured> all) {
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

    return "[\n  " + String.join(",\n  ", lines) + "\n]\n";
  }
}
