package bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Measures the time from sending an event that raises an alert until a webhook receives the alert,
 * while other events arrive at a steady rate. The alert rules are evaluated on open windows ({@code
 * on = update}).
 *
 * <p>The events that raise alerts are called probes; each comes from a new device.
 */
final class AlertLatency {
  private static final int PER_SECOND = 1_000;
  private static final long PROBE_MILLIS = 500;
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final String TOPIC = "alert-latency";
  private static final Pattern RAISED =
      Pattern.compile("alert\\.raised\",\"subject\":\"device_id=probe-(\\d+)\"");

  private final Workplace workplace;
  private final Duration warmUp;
  private final Duration measured;

  /** {@link System#nanoTime} at which each probe was sent, by probe number. */
  private final Map<Integer, Long> sent = new ConcurrentHashMap<>();

  private final ConcurrentLinkedQueue<Double> seconds = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;
  private volatile RuntimeException failure;

  AlertLatency(Workplace workplace) {
    this.workplace = workplace;
    this.warmUp = Duration.ofSeconds(workplace.quick() ? 10 : 60);
    this.measured = Duration.ofSeconds(workplace.quick() ? 10 : 120);
  }

  void run() throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::receive);
    server.start();
    try (Services services = Services.start(workplace)) {
      Events.createTopic(services.brokers(), TOPIC);
      List<String> command = new ArrayList<>();
      command.addAll(
          List.of("env", "BENCH_HOOK=http://127.0.0.1:" + server.getAddress().getPort() + "/"));
      command.addAll(
          new SpeedCommands(workplace, services)
              .ours(
                  List.of("speed", "--view", "device_metrics"),
                  TOPIC,
                  TOPIC,
                  "speed.sinks=[alerts]",
                  "views.device_metrics.levels.on=update",
                  "views.device_metrics.levels.rules=[{level = HOT, when = \"avg_temperature > 200\", severity = critical}]",
                  "speed.alerts.channels.hook={kind = cloudevents, url = \"{{env/BENCH_HOOK}}\"}"));
      Thread load = new Thread(() -> send(services.brokers()), "load");
      try (LiveProcess process =
          LiveProcess.start(command, workplace.folder().resolve("alerts.log"))) {
        load.start();
        awaitFirst(process);
        TimeUnit.MILLISECONDS.sleep(warmUp.toMillis());
        seconds.clear();
        double cpu = process.cpuSeconds();
        TimeUnit.MILLISECONDS.sleep(measured.toMillis());
        double cores = (process.cpuSeconds() - cpu) / measured.toSeconds();
        List<Double> found = seconds.stream().sorted().toList();
        process.requireAlive();
        print(System.out, found, cores);
      } finally {
        stopped = true;
        load.join();
      }
    } finally {
      server.stop(0);
    }

    if (failure != null) {
      throw failure;
    }
  }

  private void awaitFirst(LiveProcess process) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (seconds.isEmpty()) {
      process.requireAlive();
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("No alert was delivered within " + PATIENCE);
      }

      TimeUnit.MILLISECONDS.sleep(20);
    }
  }

  /**
   * Sends ordinary events and, every half second, a probe: an event from a new device whose
   * temperature is far above the limit.
   */
  private void send(String brokers) {
    try (KafkaProducer<byte[], byte[]> producer = Events.producer(brokers, 5)) {
      Schedule schedule = Schedule.fromNow(PER_SECOND);
      long probeEvery = PER_SECOND * PROBE_MILLIS / 1_000;
      for (long id = 0; !stopped; id++) {
        schedule.await(id);
        int device = Events.device(id);
        byte[] body = Events.body(id, Instant.now()).getBytes(UTF_8);
        producer.send(new ProducerRecord<>(TOPIC, Events.partition(device), null, body));
        if (id % probeEvery == 0) {
          probe(producer, Math.toIntExact(id / probeEvery));
        }
      }
    } catch (RuntimeException failed) {
      failure = failed;
    }
  }

  private void probe(KafkaProducer<byte[], byte[]> producer, int number) {
    sent.put(number, System.nanoTime());
    byte[] hot =
        "{\"deviceId\":\"probe-%d\",\"eventTimestamp\":\"%s\",\"temperature\":500}"
            .formatted(number, Instant.now())
            .getBytes(UTF_8);
    producer.send(new ProducerRecord<>(TOPIC, Events.partition(number), null, hot));
  }

  private void receive(HttpExchange exchange) throws IOException {
    long now = System.nanoTime();
    Matcher raised = RAISED.matcher(new String(exchange.getRequestBody().readAllBytes(), UTF_8));
    if (raised.find()) {
      Long since = sent.remove(Integer.valueOf(raised.group(1)));
      if (since != null) {
        seconds.add((now - since) / 1e9);
      }
    }

    exchange.sendResponseHeaders(202, -1);
    exchange.close();
  }

  private void print(PrintStream out, List<Double> found, double cores) throws IOException {
    double p50 = Comparison.quantile(found, 0.5);
    double p95 = Comparison.quantile(found, 0.95);
    double p99 = Comparison.quantile(found, 0.99);
    out.printf(
        Locale.ROOT,
        "alert-latency: %,d events/s, %d alerts measured in %d s after a %d s warm-up, %d cores%n%n",
        PER_SECOND,
        found.size(),
        measured.toSeconds(),
        warmUp.toSeconds(),
        Runtime.getRuntime().availableProcessors());
    out.println("| from the event to the webhook | p50, s | p95, s | p99, s | cores busy |");
    out.println("|---|---|---|---|---|");
    out.printf(
        Locale.ROOT, "| the speed job | %.2f | %.2f | %.2f | %.2f |%n", p50, p95, p99, cores);
    workplace.writeFigures(
        "alert-latency",
        List.of(
            String.format(
                Locale.ROOT,
                "{\"bench\": \"alert-latency\", \"alerts\": %d, \"p50_s\": %.3f, \"p95_s\": %.3f, \"p99_s\": %.3f, \"cores\": %.3f}",
                found.size(),
                p50,
                p95,
                p99,
                cores)));
  }
}
