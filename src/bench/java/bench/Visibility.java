package bench;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.Response;

/**
 * Records when the events of the probe devices become visible in Redis. A device's hash holds its
 * newest window and that window's event count, and a device's events are read in order, so the n-th
 * event of a window is visible once the hash counts n events in it or holds a later window.
 */
final class Visibility implements AutoCloseable {
  private static final long POLL_MILLIS = 5;

  private final int port;
  private final String pattern;
  private final List<Probe> probes = new ArrayList<>();
  private final List<Double> seconds = new ArrayList<>();
  private final CountDownLatch firstAnswer = new CountDownLatch(1);
  private final Thread thread = new Thread(this::poll, "visibility");
  private long measuredFrom = Long.MAX_VALUE;
  private volatile boolean stopped;

  private static final class Probe {
    private final Deque<Sent> onTheirWay = new ArrayDeque<>();
    private Instant window = Instant.MIN;
    private long sentInWindow;
  }

  /**
   * A sent event.
   *
   * @param number 1-based position of the event in its window
   */
  private record Sent(Instant window, long number, long dueNanos) {}

  /**
   * Watches the hashes of the probe devices.
   *
   * @param pattern key pattern, with {@code %s} for the device
   */
  Visibility(int port, String pattern) {
    this.port = port;
    this.pattern = pattern;
    for (int device = 0; device < LiveEvents.PROBES; device++) {
      probes.add(new Probe());
    }
  }

  void start() {
    thread.start();
  }

  /**
   * Registers an event before it is sent.
   *
   * @param dueNanos when it is due, by {@link System#nanoTime}
   */
  synchronized void due(int device, Instant time, long dueNanos) {
    Probe probe = probes.get(device);
    Instant window = time.truncatedTo(ChronoUnit.MINUTES);
    if (!window.equals(probe.window)) {
      probe.window = window;
      probe.sentInWindow = 0;
    }

    probe.sentInWindow++;
    probe.onTheirWay.add(new Sent(window, probe.sentInWindow, dueNanos));
  }

  /** Waits for the first hash of a probe. */
  void awaitFirstAnswer(Duration patience) throws InterruptedException {
    if (!firstAnswer.await(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("Nothing became visible within " + patience);
    }
  }

  /** Measures the events that are due from now on. */
  synchronized void measure() {
    measuredFrom = System.nanoTime();
  }

  /** Latencies of the measured events in seconds, ascending. */
  synchronized List<Double> seconds() {
    return seconds.stream().sorted().toList();
  }

  private void poll() {
    try (Jedis redis = new Jedis("127.0.0.1", port)) {
      while (!stopped) {
        Pipeline pipeline = redis.pipelined();
        List<Response<List<String>>> hashes = new ArrayList<>();
        for (int device = 0; device < probes.size(); device++) {
          hashes.add(
              pipeline.hmget(pattern.formatted("device-" + device), "window_start", "event_count"));
        }

        pipeline.sync();
        long now = System.nanoTime();
        for (int device = 0; device < probes.size(); device++) {
          List<String> hash = hashes.get(device).get();
          if (hash.get(0) != null) {
            visible(device, Instant.parse(hash.get(0)), Long.parseLong(hash.get(1)), now);
          }
        }

        TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  private synchronized void visible(int device, Instant window, long events, long now) {
    firstAnswer.countDown();
    Deque<Sent> onTheirWay = probes.get(device).onTheirWay;
    for (Sent next = onTheirWay.peek(); next != null; next = onTheirWay.peek()) {
      int order = next.window().compareTo(window);
      if (order > 0 || order == 0 && next.number() > events) {
        return;
      }

      onTheirWay.remove();
      if (next.dueNanos() >= measuredFrom) {
        seconds.add((now - next.dueNanos()) / 1e9);
      }
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopped = true;
    thread.join();
  }
}
