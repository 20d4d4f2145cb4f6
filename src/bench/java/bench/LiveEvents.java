package bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

/**
 * Sends events at a fixed rate, on a schedule that does not slow down with the system under test.
 * An event's timestamp is its scheduled send time, and latency is measured from that time. One
 * event in a hundred is sent twice, except events of the {@link #PROBES} devices.
 */
final class LiveEvents implements AutoCloseable {
  /** Devices 0 to 9, whose events are timed. */
  static final int PROBES = 10;

  private static final int DUPLICATE_EVERY = 100;

  private final String brokers;
  private final String topic;
  private final int perSecond;
  private final Probes probes;
  private final Thread thread = new Thread(this::send, "live-events");
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean stopped;

  /** Is notified of the events of the probe devices before they are sent. */
  @FunctionalInterface
  interface Probes {
    /**
     * Called when an event is due, before it is sent.
     *
     * @param dueNanos its scheduled send time, in the time of {@link System#nanoTime}
     */
    void due(int device, Instant time, long dueNanos);
  }

  LiveEvents(String brokers, String topic, int perSecond, Probes probes) {
    this.brokers = brokers;
    this.topic = topic;
    this.perSecond = perSecond;
    this.probes = probes;
  }

  void start() {
    thread.start();
  }

  private void send() {
    try (KafkaProducer<byte[], byte[]> producer = Events.producer(brokers, 5)) {
      Instant begin = Instant.now();
      Schedule schedule = Schedule.fromNow(perSecond);
      for (long id = 0; !stopped; id++) {
        long dueNanos = schedule.await(id);
        int device = Events.device(id);
        Instant due = begin.plusNanos(schedule.dueAfter(id));
        byte[] body = Events.body(id, due).getBytes(UTF_8);
        if (device < PROBES) {
          probes.due(device, due, dueNanos);
        }

        send(producer, device, body);
        if (device >= PROBES && id % DUPLICATE_EVERY == 0) {
          send(producer, device, body);
        }
      }
    } catch (RuntimeException failed) {
      failure.compareAndSet(null, failed);
    }
  }

  private void send(KafkaProducer<byte[], byte[]> producer, int device, byte[] body) {
    producer.send(
        new ProducerRecord<>(topic, Events.partition(device), null, body),
        (sent, failed) -> failure.compareAndSet(null, failed));
  }

  @Override
  public void close() throws Exception {
    stopped = true;
    thread.join();
    if (failure.get() != null) {
      throw failure.get();
    }
  }
}
