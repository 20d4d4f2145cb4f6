package bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * Generates the same events for every system: 10,000 per second of event time, from 1,000 devices
 * and 5,000 users; one record in a hundred is a duplicate.
 */
final class Events {
  static final int DEVICES = 1_000;

  private static final int USERS = 5_000;
  private static final int PARTITIONS = 4;
  private static final int DUPLICATE_EVERY = 100;
  private static final int DUPLICATE_BEHIND = 50;
  private static final long EVENTS_A_FILE = 200_000;
  private static final long MICROS_BETWEEN = 100;
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

  private Events() {}

  static void createTopic(String brokers, String topic) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", brokers))) {
      admin
          .createTopics(
              List.of(new NewTopic(topic, Optional.of(PARTITIONS), Optional.of((short) 1))))
          .all()
          .get();
    }
  }

  /**
   * A producer that preserves the order within each partition. The producer is not idempotent
   * because, on a busy machine, an idempotent producer retried endlessly with sequence numbers that
   * the broker rejected.
   */
  static KafkaProducer<byte[], byte[]> producer(String brokers, int lingerMillis) {
    Map<String, Object> config =
        Map.of(
            "bootstrap.servers",
            brokers,
            "enable.idempotence",
            false,
            "max.in.flight.requests.per.connection",
            1,
            "linger.ms",
            lingerMillis,
            "batch.size",
            256 * 1024);
    return new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer());
  }

  /** The partition of a device's records, which is fixed to preserve their order. */
  static int partition(int device) {
    return device % PARTITIONS;
  }

  /** Creates a topic and fills it with events. */
  static void fill(String brokers, String topic, long events) throws Exception {
    createTopic(brokers, topic);

    AtomicReference<Exception> failure = new AtomicReference<>();
    try (KafkaProducer<byte[], byte[]> producer = producer(brokers, 20)) {
      for (long i = 0; i < events; i++) {
        long id = origin(i);
        producer.send(
            new ProducerRecord<>(topic, partition(device(id)), null, body(id).getBytes(UTF_8)),
            (sent, failed) -> failure.compareAndSet(null, failed));
      }

      producer.flush();
    }

    if (failure.get() != null) {
      throw failure.get();
    }
  }

  /** Writes the events that {@link #fill} sends, one per line, to files in a folder. */
  static void write(Path folder, long events) throws IOException {
    write(folder, events, MICROS_BETWEEN);
  }

  /** Writes the events, with the given interval between the times of successive events. */
  static void write(Path folder, long events, long microsBetween) throws IOException {
    Files.createDirectories(folder);
    for (long from = 0; from < events; from += EVENTS_A_FILE) {
      long end = Math.min(events, from + EVENTS_A_FILE);
      Path file = folder.resolve("%09d.jsonl".formatted(from));
      try (BufferedWriter lines = Files.newBufferedWriter(file)) {
        for (long i = from; i < end; i++) {
          long id = origin(i);
          lines.write(body(id, START.plusNanos(1_000 * microsBetween * id)));
          lines.newLine();
        }
      }
    }
  }

  /** The event that a record carries; some records duplicate an earlier one. */
  private static long origin(long record) {
    return record % DUPLICATE_EVERY == DUPLICATE_EVERY - 1 ? record - DUPLICATE_BEHIND : record;
  }

  /** The device of an event, chosen pseudo-randomly by its id. */
  static int device(long id) {
    return new SplittableRandom(id).nextInt(DEVICES);
  }

  private static String body(long id) {
    return body(id, START.plusNanos(1_000 * MICROS_BETWEEN * id));
  }

  /** The event with this id and time. */
  static String body(long id, Instant time) {
    SplittableRandom random = new SplittableRandom(id);
    int device = random.nextInt(DEVICES);
    return """
        {"eventId":"%08x-0000-4000-8000-%012x","deviceId":"device-%d","eventTimestamp":"%s","temperature":%d.%d,"energyConsumed":%d.5,"userId":"user-%d",%s}"""
        .formatted(
            random.nextInt(),
            id,
            device,
            iso(time),
            random.nextInt(20, 90),
            random.nextInt(10),
            random.nextInt(10),
            random.nextInt(USERS),
            type(random));
  }

  /** One event in twenty is a login and one in twenty a transaction; the others are telemetry. */
  private static String type(SplittableRandom random) {
    return switch (random.nextInt(20)) {
      case 0 -> "\"eventType\":\"login\",\"sessionDuration\":%d".formatted(random.nextInt(3_600));
      case 1 ->
          "\"eventType\":\"transaction\",\"revenue\":%d.%02d"
              .formatted(random.nextInt(500), random.nextInt(100));
      default -> "\"eventType\":\"telemetry\"";
    };
  }

  /** The time with milliseconds, the form that most producers write. */
  private static String iso(Instant time) {
    String text = time.toString();
    return text.substring(0, 19) + ".%03dZ".formatted(time.getNano() / 1_000_000);
  }
}
