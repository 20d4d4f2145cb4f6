package common.command;

import common.Failure;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Turns what was thrown into one line for the user. */
final class Failures {
  private Failures() {}

  static Failure explain(Throwable error) {
    List<Throwable> causes = Stream.iterate(error, Objects::nonNull, Throwable::getCause).toList();
    Optional<Failure> known =
        causes.stream().filter(Failure.class::isInstance).map(Failure.class::cast).findFirst();
    return known.orElseGet(() -> new Failure(describe(error), error));
  }

  /** By class name, because Databricks relocates Kafka's classes. */
  private static String describe(Throwable error) {
    Throwable root = Failure.root(error);
    String message = Failure.reason(error);
    return switch (root.getClass().getSimpleName()) {
      case "UnknownTopicOrPartitionException" ->
          "The topic does not exist on this broker: correct kafka.topic or create it";
      case "SaslAuthenticationException", "TopicAuthorizationException" ->
          "Kafka refused the credentials: " + message;
      case "SparkConcurrentModificationException" ->
          "Another job writes to the same checkpoint: run one job a view, and start that one again";
      case "IllegalStateException" ->
          message.contains("Some data may have been") || message.contains("some data may have been")
              ? "The topic lost records while they were read (%s): start again to be told which and what to do"
                  .formatted(message)
              : root.getClass().getSimpleName() + ": " + message;
      case "TimeoutException" -> "Kafka did not answer: " + message;
      default -> root.getClass().getSimpleName() + ": " + message;
    };
  }
}
