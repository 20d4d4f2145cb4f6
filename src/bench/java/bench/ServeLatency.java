package bench;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Measures the latency of point queries to {@code serve}: one key and one hour, with half of the
 * queries in the batch view and half in the last hour. Clients follow a schedule that does not slow
 * down with the server, while a speed job writes to the same lake and a batch run commits. Latency
 * is measured from the scheduled time.
 */
final class ServeLatency {
  private static final int REQUESTS_PER_SECOND = 100;
  private static final int EVENTS_PER_SECOND = 500;

  /** Ten events per second: five and a half hours of history. */
  private static final long MICROS_BETWEEN = 100_000;

  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String TOPIC = "events";

  private final Workplace workplace;
  private final Duration warmUp;
  private final Duration measured;
  private volatile RuntimeException failure;

  ServeLatency(Workplace workplace) {
    this.workplace = workplace;
    this.warmUp = Duration.ofSeconds(workplace.quick() ? 5 : 30);
    this.measured = Duration.ofSeconds(workplace.quick() ? 5 : 180);
  }

  void run() throws Exception {
    String lake = "lake.root=" + workplace.folder().resolve("lake");
    fill(workplace.quick() ? 20_000 : 200_000, lake);
    int port = Services.freePort();
    URI server = URI.create("http://127.0.0.1:" + port);
    try (Services services = Services.start(workplace)) {
      Events.createTopic(services.brokers(), TOPIC);
      String kafka = "kafka.bootstrap-servers=" + services.brokers();
      PointQueries queries = new PointQueries(server, REQUESTS_PER_SECOND);
      try (LiveEvents events =
              new LiveEvents(
                  services.brokers(), TOPIC, EVENTS_PER_SECOND, (device, time, dueNanos) -> {});
          LiveProcess speed =
              LiveProcess.start(
                  workplace.command(
                      List.of("speed", "--view", "device_metrics"),
                      lake,
                      kafka,
                      "speed.delta.trigger=5 seconds"),
                  workplace.folder().resolve("speed.log"));
          LiveProcess serve =
              LiveProcess.start(
                  workplace.command(List.of("serve", "--port", String.valueOf(port)), lake),
                  workplace.folder().resolve("serve.log"))) {
        events.start();
        awaitLiveRows(queries, speed, serve);
        queries.run(warmUp);
        double cpu = serve.cpuSeconds();
        Thread commits = new Thread(() -> commit(lake, kafka), "commits");
        commits.start();
        List<PointQueries.Answered> found;
        double cores;
        boolean committed;
        try {
          found = queries.run(measured);
          cores = (serve.cpuSeconds() - cpu) / measured.toSeconds();
          committed = !commits.isAlive();
        } finally {
          commits.join();
        }

        serve.requireAlive();
        speed.requireAlive();
        if (failure != null) {
          throw failure;
        }

        print(System.out, found, cores, committed);
      }
    }
  }

  private void fill(long events, String lake) throws Exception {
    System.err.printf("Filling the batch view with %,d events ...%n", events);
    Path folder = workplace.folder().resolve("history");
    Events.write(folder, events, MICROS_BETWEEN);
    workplace.ingest(folder, workplace.folder().resolve("lake"));
    command(List.of("batch", "--view", "device_metrics"), "batch", lake);
  }

  /**
   * Ingests the new events of the topic and computes them incrementally, as a schedule would, with
   * the lowest priority: all processes share the machine with the server.
   */
  private void commit(String lake, String kafka) {
    try {
      command(List.of("ingest", "--from", "kafka", "--once"), "ingest", lake, kafka);
      command(
          List.of("batch", "--view", "device_metrics", "--incremental"),
          "incremental",
          lake,
          kafka);
    } catch (Exception failed) {
      failure = new IllegalStateException(failed);
    }
  }

  private void command(List<String> words, String log, String... settings) throws Exception {
    List<String> line = new ArrayList<>(List.of("nice", "-n", "19"));
    line.addAll(workplace.command(words, settings));
    Trial.of(line, Map.of(), workplace.folder().resolve(log + ".log"));
  }

  private static void awaitLiveRows(PointQueries queries, LiveProcess speed, LiveProcess serve)
      throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      speed.requireAlive();
      serve.requireAlive();
      if (queries.answerLive()) {
        return;
      }

      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("No live row was served within " + PATIENCE);
      }

      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  private void print(
      PrintStream out, List<PointQueries.Answered> found, double cores, boolean committed)
      throws IOException {
    out.printf(
        Locale.ROOT,
        "serve: %d requests/s from %d clients for %d s after a %d s warm-up, %d events/s in the speed job, a batch run with nice %s, %d cores; the server keeps %.2f cores busy%n%n",
        REQUESTS_PER_SECOND,
        PointQueries.CLIENTS,
        measured.toSeconds(),
        warmUp.toSeconds(),
        EVENTS_PER_SECOND,
        committed ? "meanwhile" : "that had not committed by the end",
        Runtime.getRuntime().availableProcessors(),
        cores);
    out.println(
        "| one key and one hour | requests | rows | p50, ms | p95, ms | p99, ms | max, ms |");
    out.println("|---|---|---|---|---|---|---|");
    List<String> json = new ArrayList<>();
    for (boolean live : List.of(false, true)) {
      List<PointQueries.Answered> some =
          found.stream().filter(answer -> answer.live() == live).toList();
      String name = live ? "the last hour" : "in the batch view";
      List<Double> millis = some.stream().map(answer -> answer.seconds() * 1e3).sorted().toList();
      double rows = some.stream().mapToInt(PointQueries.Answered::rows).average().orElseThrow();
      if (rows == 0) {
        throw new IllegalStateException("No rows for " + name);
      }

      out.printf(
          Locale.ROOT,
          "| %s | %,d | %.1f | %.0f | %.0f | %.0f | %.0f |%n",
          name,
          some.size(),
          rows,
          Comparison.quantile(millis, 0.5),
          Comparison.quantile(millis, 0.95),
          Comparison.quantile(millis, 0.99),
          Comparison.quantile(millis, 1));
      json.add(
          String.format(
              Locale.ROOT,
              "{\"bench\": \"serve\", \"query\": \"%s\", \"requests\": %d, \"p50_ms\": %.1f, \"p95_ms\": %.1f, \"p99_ms\": %.1f, \"cores\": %.3f}",
              name,
              some.size(),
              Comparison.quantile(millis, 0.5),
              Comparison.quantile(millis, 0.95),
              Comparison.quantile(millis, 0.99),
              cores));
    }

    workplace.writeFigures("serve", json);
  }
}
