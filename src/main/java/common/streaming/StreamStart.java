package common.streaming;

import common.ErrorCode;
import common.Failure;
import common.lake.LakeTable;
import common.settings.KafkaSettings;
import common.settings.Policy;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks, before a query resumes from its checkpoint, that the checkpoint belongs to the current
 * topic and table, and that no unread records have expired. {@link StartDecision} decides how to
 * handle a difference.
 */
public final class StreamStart {
  private static final Logger LOG = LoggerFactory.getLogger(StreamStart.class);

  private final Checkpoint checkpoint;
  private final Policy policy;

  /**
   * A start from a checkpoint.
   *
   * @param policy value of {@code streaming.source-policy}
   */
  public StreamStart(Checkpoint checkpoint, Policy policy) {
    this.checkpoint = checkpoint;
    this.policy = policy;
  }

  /**
   * A query that is ready to run.
   *
   * @param startedOver whether a checkpoint that is no longer valid was set aside, so that the
   *     query begins with the source's first record
   */
  public record Start(CheckpointLease lease, boolean startedOver) {}

  /**
   * Checks a query that reads files, and claims its checkpoint.
   *
   * @throws Failure on a difference under {@code fail}, saying what to do
   */
  public Start fromFiles(LakeTable target) {
    String incarnation = target.state().incarnation();
    boolean startedOver = carryOut(forTable(target, incarnation));
    return start(new CheckpointBinding(Optional.of(incarnation), Optional.empty()), startedOver);
  }

  /**
   * Checks a query that reads the topic, and claims its checkpoint.
   *
   * @throws Failure when the topic is unavailable; on a difference under {@code fail}, saying what
   *     to do
   */
  public Start fromKafka(LakeTable target, KafkaSettings kafka) {
    KafkaRecords.requireReachable(kafka);
    String incarnation = target.state().incarnation();
    boolean startedOver = carryOut(forTable(target, incarnation));
    Optional<Topic> topic = topic(kafka);
    if (topic.isPresent() && !startedOver) {
      startedOver =
          checkpoint
              .lastCommitted()
              .map(done -> carryOut(forTopic(done, topic.get())))
              .orElse(false);
    }

    return start(
        new CheckpointBinding(Optional.of(incarnation), topic.map(Topic::id)), startedOver);
  }

  private StartDecision forTable(LakeTable target, String incarnation) {
    return StartDecision.forTable(
        checkpoint.path(), CheckpointBinding.of(checkpoint), target.path(), incarnation, policy);
  }

  private StartDecision forTopic(long done, Topic topic) {
    Map<Integer, Long> next =
        checkpoint
            .entry(done)
            .flatMap(OffsetLogEntry::end)
            .map(TopicOffsets::byPartition)
            .orElse(Map.of());
    return StartDecision.forTopic(
        checkpoint.path(), CheckpointBinding.of(checkpoint), next, topic, policy);
  }

  /** Empty on an engine that relocates the Kafka client. */
  private static Optional<Topic> topic(KafkaSettings kafka) {
    try {
      return Optional.of(Topic.of(kafka));
    } catch (NoClassDefFoundError relocated) {
      LOG.warn(
          "This engine has no Kafka client under its usual name ({}): the topic is not checked against the checkpoint",
          relocated.getMessage());
      return Optional.empty();
    }
  }

  private boolean carryOut(StartDecision decision) {
    if (decision instanceof StartDecision.Refuse refused) {
      throw new Failure(ErrorCode.STREAM_SOURCE_CHANGED, refused.reason());
    }

    if (decision instanceof StartDecision.StartOver over) {
      LOG.warn("{}", over.warning());
      checkpoint.files().setAside();
      return true;
    }

    if (decision instanceof StartDecision.Resume resumed) {
      resumed.warnings().forEach(warning -> LOG.warn("{}", warning));
    }

    return false;
  }

  private Start start(CheckpointBinding binding, boolean startedOver) {
    binding.write(checkpoint);
    return new Start(CheckpointLease.claim(checkpoint), startedOver);
  }
}
