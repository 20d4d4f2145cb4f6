package common.streaming;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where each partition of a topic stands: the offset that its next record has, or gets.
 *
 * @param byPartition in the order of the partitions
 */
record TopicOffsets(String topic, Map<Integer, Long> byPartition) {

  /**
   * Reads what Spark writes of a Kafka source, {@code {"topic": {"0": 17}}}.
   *
   * @return empty for the offset of another source, such as files, and for none, a dash
   */
  static Optional<TopicOffsets> parse(String text) {
    if (!text.startsWith("{")) {
      return Optional.empty();
    }

    Map.Entry<String, JsonNode> topic = Json.parse(text).fields().next();
    return topic.getValue().isObject()
        ? Optional.of(new TopicOffsets(topic.getKey(), byPartition(topic.getValue())))
        : Optional.empty();
  }

  private static Map<Integer, Long> byPartition(JsonNode partitions) {
    Map<Integer, Long> offsets = new TreeMap<>();
    partitions
        .fields()
        .forEachRemaining(
            partition ->
                offsets.put(Integer.valueOf(partition.getKey()), partition.getValue().asLong()));
    return offsets;
  }
}
