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
  private long measuredUntil = Long.MAX_VALUE;
  private volatile RuntimeException failure;
  private volatile boolean stopped;

  private static final class Probe {
    private final Deque<Sent> pending = new ArrayDeque<>();
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
   * @param dueNanos its scheduled send time, in the time of {@link System#nanoTime}
   */
  synchronized void due(int device, Instant time, long dueNanos) {
    Probe probe = probes.get(device);
    Instant window = time.truncatedTo(ChronoUnit.MINUTES);
    if (!window.equals(probe.window)) {
      probe.window = window;
      probe.sentInWindow = 0;
    }

    probe.sentInWindow++;
    probe.pending.add(new Sent(window, probe.sentInWindow, dueNanos));
  }

  /** Waits for the hash of any probe device, and returns whether one has appeared. */
  boolean answersWithin(Duration patience) throws InterruptedException {
    return firstAnswer.await(patience.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Measures the events that are scheduled from now on. */
  synchronized void startMeasuring() {
    measuredFrom = System.nanoTime();
  }

  /**
   * Excludes the events that are scheduled from now on, and waits until all measured events are
   * visible.
   *
   * @return latencies in seconds, ascending
   */
  List<Double> measured(Duration patience) throws InterruptedException {
    synchronized (this) {
      measuredUntil = System.nanoTime();
    }

    long deadline = System.nanoTime() + patience.toNanos();
    while (pending() > 0) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException(
            "%d of the measured events did not become visible within %s"
                .formatted(pending(), patience));
      }

      TimeUnit.MILLISECONDS.sleep(POLL_MILLIS);
    }

    synchronized (this) {
      return seconds.stream().sorted().toList();
    }
  }

  private synchronized long pending() {
    if (failure != null) {
      throw failure;
    }

    return probes.stream()
        .flatMap(probe -> probe.pending.stream())
        .filter(event -> isMeasured(event))
        .count();
  }

  private boolean isMeasured(Sent event) {
    return event.dueNanos() >= measuredFrom && event.dueNanos() < measuredUntil;
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
    } catch (RuntimeException failed) {
      failure = failed;
    }
  }

  private synchronized void visible(int device, Instant window, long events, long now) {
    firstAnswer.countDown();
    Deque<Sent> pending = probes.get(device).pending;
    for (Sent next = pending.peek(); next != null; next = pending.peek()) {
      int order = next.window().compareTo(window);
      if (order > 0 || order == 0 && next.number() > events) {
        return;
      }

      pending.remove();
      if (isMeasured(next)) {
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
