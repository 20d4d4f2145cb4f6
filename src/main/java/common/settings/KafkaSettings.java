package common.settings;

import java.time.Duration;
import java.util.Map;

/**
 * The section {@code kafka}.
 *
 * @param options go to the Kafka client as they stand
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
