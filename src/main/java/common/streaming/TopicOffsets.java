package common.streaming;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The position in each partition of a topic: the offset of its next record.
 *
 * @param byPartition the offsets by partition number, in ascending order
 */
record TopicOffsets(String topic, Map<Integer, Long> byPartition) {

  /**
   * Parses the offsets that Spark writes for a Kafka source, {@code {"topic": {"0": 17}}}.
   *
   * @return empty for the offset of a source other than Kafka, such as files, and for {@code -},
   *     which means that there is no offset
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
