package common.streaming;

import static java.util.stream.Collectors.joining;

import common.settings.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How a query starts, given its checkpoint and the current source and table. A change is never
 * ignored: under {@link Policy#fail} the start is refused, under {@link Policy#warn} it is allowed
 * with a warning.
 */
sealed interface StartDecision {

  /** Resumes where the checkpoint ends. */
  record Resume(List<String> warnings) implements StartDecision {}

  /** The checkpoint is no longer valid: begins with the source's first record. */
  record StartOver(String warning) implements StartDecision {}

  /** Does not start until an operator accepts the change. */
  record Refuse(String reason) implements StartDecision {}

  /** A detected change, and how the query proceeds if the change is accepted. */
  record Change(String found, String accepting) {
    private String refusal() {
      return "%s; to accept it, run once with -D streaming.source-policy=warn, which %s"
          .formatted(found, accepting);
    }

    private String warning() {
      return "%s; as streaming.source-policy is warn, this run %s".formatted(found, accepting);
    }
  }

  /**
   * Decides whether the table is still the one that the query wrote to: a different table would
   * lack rows that the checkpoint counts as written.
   *
   * @param incarnation current incarnation of the table at {@code path}
   */
  static StartDecision forTable(
      String checkpoint, CheckpointBinding known, String path, String incarnation, Policy policy) {
    if (known.table().orElse(incarnation).equals(incarnation)) {
      return new Resume(List.of());
    }

    return startOver(
        new Change(
            "Table %s was recreated after checkpoint %s was written: it lacks rows that the checkpoint counts as written"
                .formatted(path, checkpoint),
            "begins with the source's first record"),
        policy);
  }

  /**
   * Decides whether the topic is still the one that the query read from, and still holds all unread
   * records.
   *
   * @param next the offset that the query reads next in each partition; empty before its first
   *     micro-batch
   */
  static StartDecision forTopic(
      String checkpoint,
      CheckpointBinding known,
      Map<Integer, Long> next,
      Topic topic,
      Policy policy) {
    Optional<String> difference = difference(known.topic().orElse(topic.id()), next, topic);
    if (difference.isPresent()) {
      return startOver(
          new Change(
              "Topic %s is not the one that checkpoint %s was written for: %s. It was deleted and recreated, so the old offsets are meaningless"
                  .formatted(topic.name(), checkpoint, difference.get()),
              "begins with the topic's first record; windows whose events were only partly read are complete only in the batch view"),
          policy);
    }

    List<Change> changes = new ArrayList<>();
    expired(checkpoint, next, topic).ifPresent(changes::add);
    morePartitions(checkpoint, next, topic).ifPresent(changes::add);
    return policy == Policy.fail && !changes.isEmpty()
        ? new Refuse(changes.get(0).refusal())
        : new Resume(changes.stream().map(Change::warning).toList());
  }

  private static StartDecision startOver(Change change, Policy policy) {
    return switch (policy) {
      case fail -> new Refuse(change.refusal());
      case warn -> new StartOver(change.warning());
    };
  }

  private static Optional<String> difference(String knownId, Map<Integer, Long> next, Topic topic) {
    if (!knownId.equals(topic.id())
        && !knownId.equals(Topic.NO_ID)
        && !topic.id().equals(Topic.NO_ID)) {
      return Optional.of("its id was %s and is now %s".formatted(knownId, topic.id()));
    }

    if (topic.latest().size() < next.size()) {
      return Optional.of(
          "it had %d partitions and now has %d".formatted(next.size(), topic.latest().size()));
    }

    return next.entrySet().stream()
        .filter(partition -> partition.getValue() > topic.latest().get(partition.getKey()))
        .map(
            partition ->
                "partition %d was read up to offset %d but ends at %d"
                    .formatted(
                        partition.getKey(),
                        partition.getValue(),
                        topic.latest().get(partition.getKey())))
        .findFirst();
  }

  private static Optional<Change> expired(String checkpoint, Map<Integer, Long> next, Topic topic) {
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
    return Optional.of(expired)
        .filter(offsets -> !offsets.isEmpty())
        .map(
            offsets ->
                new Change(
                    "Topic %s no longer holds %s, which checkpoint %s has not read: they are lost to this job"
                        .formatted(topic.name(), offsets, checkpoint),
                    "continues with the remaining records; ingest the lost ones from Event Hubs Capture with ingest --format capture"));
  }

  private static Optional<Change> morePartitions(
      String checkpoint, Map<Integer, Long> next, Topic topic) {
    if (next.isEmpty() || topic.latest().size() <= next.size()) {
      return Optional.empty();
    }

    return Optional.of(
        new Change(
            "Topic %s had %d partitions when checkpoint %s was written and has %d now: nothing is lost, but records of a key may arrive out of order"
                .formatted(topic.name(), next.size(), checkpoint, topic.latest().size()),
            "reads the new partitions from their first record"));
  }
}
