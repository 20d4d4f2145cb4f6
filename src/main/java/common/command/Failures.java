package common.command;

import common.Failure;
import common.lake.StorageErrors;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Turns what was thrown into one line for the user. */
final class Failures {
  /** What the driver of abfss:// puts into its messages: status codes, and Azure's error codes. */
  private static final Pattern NOT_LET_IN =
      Pattern.compile("Authenticat|Authoriz|, 40[13], |HTTP Error 40[013]");

  private static final Pattern NO_SPACE =
      Pattern.compile("No space left on device|File too large|Disk quota exceeded");

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
    if (StorageErrors.isOfDriver(root)) {
      return storage(root, message);
    }

    if (NO_SPACE.matcher(message).find()) {
      return "The disk is full (%s): free some space, and run it again".formatted(message);
    }

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
      case "UnknownHostException" ->
          "There is no host %s: correct the URI or address that names it".formatted(message);
      case "TimeoutException" -> "Kafka did not answer: " + message;
      default -> root.getClass().getSimpleName() + ": " + message;
    };
  }

  private static String storage(Throwable error, String message) {
    if (StorageErrors.isMissingContainer(error)) {
      return "The storage container does not exist (%s): create it, or correct the URI"
          .formatted(message);
    }

    if (NOT_LET_IN.matcher(message).find()) {
      return "The storage account does not let this job in (%s): correct the credentials, or give the identity its role"
          .formatted(message);
    }

    return "The storage account failed (%s); conf/storage-*.conf show how jobs sign in"
        .formatted(message);
  }
}
