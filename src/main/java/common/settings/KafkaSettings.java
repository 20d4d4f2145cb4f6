package common.settings;

import java.time.Duration;
import java.util.Map;

/**
 * The section {@code kafka}.
 *
 * @param options passed to the Kafka client unchanged
 */
public record KafkaSettings(
    String bootstrapServers, String topic, Duration connectTimeout, Map<String, String> options) {
  static KafkaSettings read(Section kafka) {
    return new KafkaSettings(
        kafka.text("bootstrap-servers"),
        kafka.text("topic"),
        kafka.positive("connect-timeout"),
        kafka.options("options"));
  }
}
