package bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Measures the latency of point queries to {@code serve}: one key and one hour, half of them in the
 * batch view and half in the last hour. Clients send them on a schedule that does not slow down
 * with the server, while a speed job writes to the same lake and a batch run commits. Latency
 * counts from the scheduled time.
 */
final class ServeLatency {
  private static final int CLIENTS = 20;
  private static final int REQUESTS_A_SECOND = 100;
  private static final int EVENTS_A_SECOND = 500;

  /** Ten events per second: five and a half hours. */
  private static final long MICROS_BETWEEN = 100_000;

  private static final int HOURS = 5;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration PATIENCE = Duration.ofMinutes(3);
  private static final String TOPIC = "events";

  private final Workplace workplace;
  private final Duration warmUp;
  private final Duration measured;
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private volatile boolean stopped;
  private volatile RuntimeException failure;

  /**
   * An answered request.
   *
   * @param live whether it asked for the last hour
   */
  private record Answered(boolean live, double seconds, int rows) {}

  ServeLatency(Workplace workplace) {
    this.workplace = workplace;
    this.warmUp = Duration.ofSeconds(workplace.quick() ? 5 : 30);
    this.measured = Duration.ofSeconds(workplace.quick() ? 5 : 90);
  }

  void run() throws Exception {
    String lake = "lake.root=" + workplace.folder().resolve("lake");
    fill(workplace.quick() ? 20_000 : 200_000, lake);
    int port = Services.freePort();
    URI server = URI.create("http://127.0.0.1:" + port);
    try (Services services = Services.start(workplace)) {
      Events.createTopic(services.brokers(), TOPIC);
      String kafka = "kafka.bootstrap-servers=" + services.brokers();
      Thread load = new Thread(() -> send(services.brokers()), "load");
      try (LiveProcess speed =
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
        load.start();
        awaitLiveRows(server, speed, serve);
        requests(server, warmUp);
        double cpu = serve.cpuSeconds();
        Thread commits = new Thread(() -> commit(lake, kafka), "commits");
        commits.start();
        List<Answered> found = requests(server, measured);
        double cores = (serve.cpuSeconds() - cpu) / measured.toSeconds();
        commits.join();
        serve.requireAlive();
        speed.requireAlive();
        print(System.out, found, cores);
      } finally {
        stopped = true;
        load.join();
      }
    }

    if (failure != null) {
      throw failure;
    }
  }

  private void fill(long events, String lake) throws Exception {
    System.err.printf("Filling the batch view with %,d events ...%n", events);
    Path folder = workplace.folder().resolve("history");
    Events.write(folder, events, MICROS_BETWEEN);
    workplace.ingest(folder, workplace.folder().resolve("lake"));
    command(List.of("batch", "--view", "device_metrics"), "batch", lake);
  }

  /** What is new in the topic arrives in the master dataset and is computed, as every few hours. */
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
    Trial.of(
        workplace.command(words, settings), Map.of(), workplace.folder().resolve(log + ".log"));
  }

  private void awaitLiveRows(URI server, LiveProcess speed, LiveProcess serve) throws Exception {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      speed.requireAlive();
      serve.requireAlive();
      try {
        if (ask(server, true, 7).body().contains("device-7,")) {
          return;
        }
      } catch (IOException starting) {
        // The server does not listen yet.
        TimeUnit.MILLISECONDS.sleep(100);
      }

      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("No live row was served within " + PATIENCE);
      }

      TimeUnit.MILLISECONDS.sleep(200);
    }
  }

  /** Sends requests for some time and waits for their answers. */
  private List<Answered> requests(URI server, Duration time) throws InterruptedException {
    ConcurrentLinkedQueue<Answered> answered = new ConcurrentLinkedQueue<>();
    AtomicLong next = new AtomicLong();
    long total = time.toSeconds() * REQUESTS_A_SECOND;
    long begin = System.nanoTime();
    List<Thread> clients = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (long n = next.getAndIncrement(); n < total; n = next.getAndIncrement()) {
                  request(server, n, begin, answered);
                }
              },
              "client-" + i);
      clients.add(thread);
      thread.start();
    }

    for (Thread thread : clients) {
      thread.join();
    }

    if (failure != null) {
      throw failure;
    }

    return List.copyOf(answered);
  }

  private void request(
      URI server, long number, long begin, ConcurrentLinkedQueue<Answered> answered) {
    long due = begin + TimeUnit.SECONDS.toNanos(1) * number / REQUESTS_A_SECOND;
    long wait = due - System.nanoTime();
    if (wait > 0) {
      LockSupport.parkNanos(wait);
    }

    boolean live = number % 2 == 0;
    try {
      HttpResponse<String> answer = ask(server, live, number);
      double seconds = (System.nanoTime() - due) / 1e9;
      if (answer.statusCode() != 200) {
        throw new IllegalStateException(
            "Status %d: %s".formatted(answer.statusCode(), answer.body()));
      }

      int rows = (int) answer.body().lines().count() - 1;
      answered.add(new Answered(live, seconds, rows));
    } catch (IOException | InterruptedException | IllegalStateException failed) {
      failure = new IllegalStateException(failed);
    }
  }

  private HttpResponse<String> ask(URI server, boolean live, long number)
      throws IOException, InterruptedException {
    Instant from =
        live
            ? Instant.now().minus(Duration.ofHours(1))
            : START.plus(Duration.ofHours(number / 2 % HOURS));
    String device = "device-" + (live ? 7 : Events.device(number));
    return client.send(
        HttpRequest.newBuilder(
                server.resolve(
                    "/v1/views/device_metrics/rows?key=device_id%%3D%s&from=%s&to=%s"
                        .formatted(device, from, from.plus(Duration.ofHours(1)))))
            .header("Accept", "text/csv")
            .timeout(PATIENCE)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private void send(String brokers) {
    try (KafkaProducer<byte[], byte[]> producer = Events.producer(brokers, 5)) {
      long begin = System.nanoTime();
      for (long id = 0; !stopped; id++) {
        long wait = begin + TimeUnit.SECONDS.toNanos(1) * id / EVENTS_A_SECOND - System.nanoTime();
        if (wait > 0) {
          LockSupport.parkNanos(wait);
        }

        int device = Events.device(id);
        byte[] body = Events.body(id, Instant.now()).getBytes(UTF_8);
        producer.send(new ProducerRecord<>(TOPIC, Events.partition(device), null, body));
      }
    } catch (RuntimeException failed) {
      failure = failed;
    }
  }

  private void print(PrintStream out, List<Answered> found, double cores) throws IOException {
    out.printf(
        Locale.ROOT,
        "serve: %d requests/s from %d clients for %d s after a %d s warm-up, %d events/s in the speed job, a batch run meanwhile, %d cores; the server keeps %.2f cores busy%n%n",
        REQUESTS_A_SECOND,
        CLIENTS,
        measured.toSeconds(),
        warmUp.toSeconds(),
        EVENTS_A_SECOND,
        Runtime.getRuntime().availableProcessors(),
        cores);
    out.println(
        "| one key and one hour | requests | rows | p50, ms | p95, ms | p99, ms | max, ms |");
    out.println("|---|---|---|---|---|---|---|");
    List<String> json = new ArrayList<>();
    for (boolean live : List.of(false, true)) {
      List<Answered> some = found.stream().filter(answer -> answer.live() == live).toList();
      String name = live ? "the last hour" : "in the batch view";
      List<Double> millis = some.stream().map(answer -> answer.seconds() * 1e3).sorted().toList();
      double rows = some.stream().mapToInt(Answered::rows).average().orElseThrow();
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
