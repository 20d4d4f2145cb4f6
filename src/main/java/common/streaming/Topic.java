package common.streaming;

import common.ErrorCode;
import common.Failure;
import common.settings.KafkaSettings;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsResult.ListOffsetsResultInfo;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/**
 * The current state of a topic on its broker.
 *
 * @param id changes when a topic is deleted and recreated; {@link #NO_ID} from brokers without
 *     topic ids
 * @param earliest first offset of each partition that can still be read
 * @param latest the offset that the next record of each partition will get
 */
record Topic(String name, String id, Map<Integer, Long> earliest, Map<Integer, Long> latest) {
  static final String NO_ID = Uuid.ZERO_UUID.toString();

  /**
   * Queries the broker.
   *
   * @throws Failure when the topic does not exist or the broker cannot be queried
   */
  static Topic of(KafkaSettings kafka) {
    Map<String, Object> config = new HashMap<>(kafka.options());
    config.put("bootstrap.servers", kafka.bootstrapServers());
    try (Admin admin = Admin.create(config)) {
      TopicDescription topic =
          admin.describeTopics(List.of(kafka.topic())).allTopicNames().get().get(kafka.topic());
      return new Topic(
          kafka.topic(),
          topic.topicId().toString(),
          offsets(admin, topic, OffsetSpec.earliest()),
          offsets(admin, topic, OffsetSpec.latest()));
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof UnknownTopicOrPartitionException) {
        throw new Failure(
            ErrorCode.KAFKA_TOPIC_MISSING,
            "Topic %s does not exist at %s: correct kafka.topic or create it"
                .formatted(kafka.topic(), kafka.bootstrapServers()));
      }

      if (failed.getCause() instanceof AuthenticationException) {
        throw new Failure(
            ErrorCode.KAFKA_ACCESS_DENIED,
            "Kafka refused the credentials at %s (%s): correct kafka.options, or the secrets that they refer to"
                .formatted(kafka.bootstrapServers(), failed.getCause().getMessage()),
            failed);
      }

      throw new Failure(
          ErrorCode.KAFKA_UNREACHABLE,
          "Cannot query topic %s on Kafka at %s: %s"
              .formatted(kafka.topic(), kafka.bootstrapServers(), failed.getCause().getMessage()),
          failed);
    } catch (KafkaException misconfigured) {
      throw new Failure(
          ErrorCode.KAFKA_OPTIONS_INVALID,
          "Cannot create a Kafka client from kafka.options (%s): correct them, or the credentials that they refer to"
              .formatted(Failure.reason(misconfigured)),
          misconfigured);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while querying Kafka", stopped);
    }
  }

  private static Map<Integer, Long> offsets(Admin admin, TopicDescription topic, OffsetSpec spec)
      throws ExecutionException, InterruptedException {
    Map<TopicPartition, OffsetSpec> wanted =
        topic.partitions().stream()
            .map(partition -> new TopicPartition(topic.name(), partition.partition()))
            .collect(Collectors.toMap(Function.identity(), any -> spec));
    Map<Integer, Long> offsets = new TreeMap<>();
    for (Map.Entry<TopicPartition, ListOffsetsResultInfo> entry :
        admin.listOffsets(wanted).all().get().entrySet()) {
      offsets.put(entry.getKey().partition(), entry.getValue().offset());
    }

    return offsets;
  }
}
