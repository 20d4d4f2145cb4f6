package common.settings;

import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * The section {@code kafka}.
 *
 * @param options passed to the Kafka client unchanged
 */
public record KafkaSettings(
    String bootstrapServers, String topic, Duration connectTimeout, Map<String, String> options) {
  /** Servers and options under the names that Spark's Kafka source and sink expect. */
  public Map<String, String> forSpark() {
    Map<String, String> named = new TreeMap<>();
    options.forEach((name, value) -> named.put("kafka." + name, value));
    named.putIfAbsent("kafka.bootstrap.servers", bootstrapServers);
    return named;
  }

  static KafkaSettings read(Section kafka) {
    return new KafkaSettings(
        kafka.text("bootstrap-servers"),
        kafka.text("topic"),
        kafka.positive("connect-timeout"),
        kafka.options("options"));
  }
}
