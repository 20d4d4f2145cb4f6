package common.streaming;

import static java.util.stream.Collectors.joining;

import common.ErrorCode;
import common.Failure;
import common.lake.LakeTable;
import common.settings.KafkaSettings;
import common.settings.Policy;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is looked at before a query goes on from its checkpoint: that the topic and the table are
 * those which the checkpoint knows, and that nothing unread has expired. What is found is never
 * passed over in silence: it stops the job, or is told and accepted, as {@code kafka.source-policy}
 * says.
 */
public final class StreamStart {
  private static final Logger LOG = LoggerFactory.getLogger(StreamStart.class);
  private static final String TOPIC_ID = "topic-id";
  private static final String TABLE_ID = "table";
  private static final String ACCEPT =
      "to accept it, run once with -D kafka.source-policy=warn, which %s";

  private final Checkpoint checkpoint;
  private final Policy policy;

  public StreamStart(Checkpoint checkpoint, Policy policy) {
    this.checkpoint = checkpoint;
    this.policy = policy;
  }

  /**
   * Checks a query that reads files, and claims its checkpoint.
   *
   * @throws Failure under {@code fail}, telling what to do
   */
  public void fromFiles(LakeTable target) {
    String incarnation = target.incarnation();
    requireSameTable(target, incarnation);
    checkpoint.bind(Map.of(TABLE_ID, incarnation));
    checkpoint.claim();
  }

  /**
   * Checks a query that reads the topic, and claims its checkpoint.
   *
   * @return whether a checkpoint that no longer means anything was set aside, so that the query
   *     begins with the topic's first record
   * @throws Failure under {@code fail}, telling what to do
   */
  public boolean fromKafka(LakeTable target, KafkaSettings kafka) {
    KafkaRecords.requireReachable(kafka);
    String incarnation = target.incarnation();
    boolean anew = requireSameTable(target, incarnation);
    Map<String, String> binding = new HashMap<>(Map.of(TABLE_ID, incarnation));
    try {
      Topic topic = Topic.of(kafka);
      if (!anew && checkpoint.lastCommitted().isPresent()) {
        anew = requireSameTopic(topic);
      }

      binding.put(TOPIC_ID, topic.id());
    } catch (NoClassDefFoundError relocated) {
      LOG.warn(
          "This engine has no Kafka client of the usual name ({}): whether the topic is still the one that the checkpoint knows is not looked at",
          relocated.getMessage());
    }

    checkpoint.bind(binding);
    checkpoint.claim();
    return anew;
  }

  private boolean requireSameTable(LakeTable target, String incarnation) {
    Properties binding = checkpoint.binding();
    if (incarnation.equals(binding.getProperty(TABLE_ID, incarnation))) {
      return false;
    }

    found(
        "Table %s was made anew since checkpoint %s was written: what the checkpoint counts as done is not in it"
            .formatted(target.path(), checkpoint.path()),
        "begins with the source's first record");
    checkpoint.setAside();
    return true;
  }

  private boolean requireSameTopic(Topic topic) {
    Map<Integer, Long> next =
        checkpoint.lastCommitted().flatMap(checkpoint::kafkaOffsets).orElse(Map.of());
    String knownId = checkpoint.binding().getProperty(TOPIC_ID, topic.id());
    Optional<String> other = otherTopic(topic, next, knownId);
    if (other.isPresent()) {
      found(
          "Topic %s is not the one that checkpoint %s knows: %s. It was deleted and created again, and the old offsets mean nothing in it"
              .formatted(topic.name(), checkpoint.path(), other.get()),
          "begins with the topic's first record; windows that were half read are answered in full by the batch view alone");
      checkpoint.setAside();
      return true;
    }

    String expired =
        next.entrySet().stream()
            .filter(partition -> partition.getValue() < topic.earliest().get(partition.getKey()))
            .map(
                partition ->
                    "offsets %d to %d of partition %d"
                        .formatted(
                            partition.getValue(),
                            topic.earliest().get(partition.getKey()) - 1,
                            partition.getKey()))
            .collect(joining(", "));
    if (!expired.isEmpty()) {
      found(
          "Topic %s no longer holds %s, which checkpoint %s has not read: they are lost to this job"
              .formatted(topic.name(), expired, checkpoint.path()),
          "goes on with what is left; take the lost ones from Event Hubs Capture with ingest --format capture");
    }

    if (!next.isEmpty() && topic.latest().size() > next.size()) {
      found(
          "Topic %s had %d partitions when checkpoint %s was written and has %d now: nothing is lost, but a key may come from two partitions, out of order"
              .formatted(topic.name(), next.size(), checkpoint.path(), topic.latest().size()),
          "reads the new partitions from their first record");
    }

    return false;
  }

  private static Optional<String> otherTopic(Topic topic, Map<Integer, Long> next, String knownId) {
    if (!knownId.equals(topic.id())
        && !knownId.equals(Topic.NO_ID)
        && !topic.id().equals(Topic.NO_ID)) {
      return Optional.of("its id was %s and is %s".formatted(knownId, topic.id()));
    }

    if (topic.latest().size() < next.size()) {
      return Optional.of(
          "it had %d partitions and has %d".formatted(next.size(), topic.latest().size()));
    }

    return next.entrySet().stream()
        .filter(partition -> partition.getValue() > topic.latest().get(partition.getKey()))
        .map(
            partition ->
                "partition %d was read to offset %d and ends at %d"
                    .formatted(
                        partition.getKey(),
                        partition.getValue(),
                        topic.latest().get(partition.getKey())))
        .findFirst();
  }

  private void found(String what, String accepting) {
    if (policy == Policy.fail) {
      throw new Failure(ErrorCode.STREAM_SOURCE_CHANGED, what + "; " + ACCEPT.formatted(accepting));
    }

    LOG.warn("{}; as kafka.source-policy is warn, this run {}", what, accepting);
  }
}
