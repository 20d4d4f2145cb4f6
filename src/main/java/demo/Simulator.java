package demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.apache.kafka.common.utils.Bytes;

/**
 * Simulates devices that report every ten seconds, and their faults: some reports are sent twice,
 * some arrive many minutes late, and some are not valid events. One device overheats. The same seed
 * produces the same messages.
 */
final class Simulator {
  private static final Duration PERIOD = Duration.ofSeconds(10);
  private static final int JITTER_MILLIS = 20_000;
  private static final double DUPLICATES = 0.01;
  private static final double LATE = 0.03;
  private static final double BROKEN = 0.005;
  private static final int LEAST_MINUTES_LATE = 10;
  private static final int MOST_MINUTES_LATE = 20;

  /** One device overheats for some minutes, near the end of the time span. */
  private static final int OVERHEATING = 7;

  private static final Duration OVERHEATS_BEFORE_END = Duration.ofMinutes(12);
  private static final Duration OVERHEATS_FOR = Duration.ofMinutes(4);
  private static final double OVERHEATED_BY = 30;
  private static final List<String> EVENT_TYPES =
      List.of("telemetry", "telemetry", "telemetry", "login", "transaction");

  private final RandomGenerator random;
  private final int devices;
  private Instant overheats = Instant.MAX;

  Simulator(long seed, int devices) {
    this.random = RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    this.devices = devices;
  }

  /** All messages of the devices with events in [start, start + span), in order of arrival. */
  List<Message> messages(Instant start, Duration span) {
    List<Message> messages = new ArrayList<>();
    overheats = start.plus(span).minus(OVERHEATS_BEFORE_END);
    for (Instant time = start; time.isBefore(start.plus(span)); time = time.plus(PERIOD)) {
      for (int device = 1; device <= devices; device++) {
        report(time.plusMillis(random.nextInt((int) PERIOD.toMillis())), device, messages);
      }
    }

    messages.sort(Comparator.comparing(Message::arrival));
    return messages;
  }

  private void report(Instant time, int device, List<Message> messages) {
    String name = "sensor-%02d".formatted(device);
    Instant arrival = time.plusMillis(random.nextInt(JITTER_MILLIS));
    if (random.nextDouble() < LATE) {
      int minutes = random.nextInt(LEAST_MINUTES_LATE, MOST_MINUTES_LATE);
      arrival = arrival.plus(Duration.ofMinutes(minutes));
    }

    boolean hot =
        device == OVERHEATING
            && !time.isBefore(overheats)
            && time.isBefore(overheats.plus(OVERHEATS_FOR));
    Bytes body = utf8(event(name, time, hot ? OVERHEATED_BY : 0));
    messages.add(new Message(arrival, name, body));
    if (random.nextDouble() < DUPLICATES) {
      messages.add(new Message(arrival.plusSeconds(random.nextInt(1, 10)), name, body));
    }

    if (random.nextDouble() < BROKEN) {
      messages.add(new Message(arrival, name, utf8(broken(name, time))));
    }
  }

  private static Bytes utf8(String text) {
    return Bytes.wrap(text.getBytes(UTF_8));
  }

  private String event(String device, Instant time, double warmer) {
    return String.format(
        Locale.ROOT,
        """
        {"eventId":"%016x","deviceId":"%s","eventTimestamp":"%s","temperature":%.2f,\
        "energyConsumed":%.3f,"userId":"user-%d","eventType":"%s","sessionDuration":%d,\
        "revenue":%.2f}""",
        random.nextLong(),
        device,
        time,
        68 + warmer + 8 * random.nextGaussian(),
        random.nextDouble(0.1, 2.5),
        random.nextInt(1, 40),
        EVENT_TYPES.get(random.nextInt(EVENT_TYPES.size())),
        random.nextInt(1, 600),
        random.nextInt(100) < 20 ? random.nextDouble(1, 80) : 0.0);
  }

  private String broken(String device, Instant time) {
    return switch (random.nextInt(5)) {
      case 0 -> "{\"deviceId\":\"%s\",\"eventTimest".formatted(device);
      case 1 -> "{\"eventTimestamp\":\"%s\",\"temperature\":70.1}".formatted(time);
      case 2 ->
          "{\"deviceId\":\"%s\",\"eventTimestamp\":\"%s\",\"temperature\":\"hot\"}"
              .formatted(device, time);
      case 3 ->
          "{\"deviceId\":\"%s\",\"eventTimestamp\":\"%s\",\"temperature\":NaN}"
              .formatted(device, time);
      default ->
          "{\"deviceId\":\"%s\",\"eventTimestamp\":\"%s\"}"
              .formatted(device, time.plus(Duration.ofDays(365)));
    };
  }
}
