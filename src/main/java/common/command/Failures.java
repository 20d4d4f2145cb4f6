package common.command;

import common.ErrorCode;
import common.Failure;
import common.lake.StorageErrors;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Turns an exception into one line for the user. */
final class Failures {
  /** Status codes and Azure error codes, as they appear in messages of the abfss:// driver. */
  private static final Pattern NOT_LET_IN =
      Pattern.compile("Authenticat|Authoriz|, 40[13], |HTTP Error 40[013]");

  private static final Pattern NO_SPACE =
      Pattern.compile("No space left on device|File too large|Disk quota exceeded");

  /** Spark's error class for a query that finds its next micro-batch in the checkpoint's logs. */
  private static final String CONCURRENT_UPDATE = "[CONCURRENT_STREAM_LOG_UPDATE]";

  private static final Pattern RECORDS_LOST = Pattern.compile("[Ss]ome data may have been");

  private Failures() {}

  static Failure explain(Throwable error) {
    List<Throwable> causes = Stream.iterate(error, Objects::nonNull, Throwable::getCause).toList();
    Optional<Failure> known =
        causes.stream().filter(Failure.class::isInstance).map(Failure.class::cast).findFirst();
    return known.orElseGet(() -> described(error));
  }

  /** Matches by class name, because Databricks relocates Kafka's classes. */
  private static Failure described(Throwable error) {
    Throwable root = Failure.root(error);
    String message = Failure.reason(error);
    if (StorageErrors.isOfDriver(root)) {
      return storage(root, message, error);
    }

    if (NO_SPACE.matcher(message).find()) {
      return new Failure(
          ErrorCode.DISK_FULL,
          "The disk is full (%s): free some space and run the command again".formatted(message),
          error);
    }

    if (StorageErrors.isDeniedLocally(root)) {
      return new Failure(
          ErrorCode.STORAGE_ACCESS_DENIED,
          "This user may not access a file or folder (%s): grant it access, or correct the path"
              .formatted(message),
          error);
    }

    return switch (root.getClass().getSimpleName()) {
      case "UnknownTopicOrPartitionException" ->
          new Failure(
              ErrorCode.KAFKA_TOPIC_MISSING,
              "The topic does not exist on this broker: correct kafka.topic or create it",
              error);
      case "SaslAuthenticationException", "TopicAuthorizationException" ->
          new Failure(
              ErrorCode.KAFKA_ACCESS_DENIED, "Kafka refused the credentials: " + message, error);
      case "SparkConcurrentModificationException" -> checkpointInUse(error);
      case "SparkException" ->
          message.contains(CONCURRENT_UPDATE)
              ? checkpointInUse(error)
              : unexpected(root, message, error);
      case "IllegalStateException" ->
          RECORDS_LOST.matcher(message).find()
              ? new Failure(
                  ErrorCode.KAFKA_RECORDS_LOST,
                  "The topic lost records while being read (%s): restart the command, which reports the missing offsets and what to do"
                      .formatted(message),
                  error)
              : unexpected(root, message, error);
      case "FileSystemException" ->
          new Failure(
              ErrorCode.STORAGE_FAILED,
              "A local file or folder cannot be used (%s): correct the path".formatted(message),
              error);
      case "UnknownHostException" ->
          new Failure(
              ErrorCode.HOST_UNKNOWN,
              "Unknown host %s: correct the URI or address that refers to it".formatted(message),
              error);
      case "TimeoutException" ->
          root.getClass().getName().contains("org.apache.kafka.")
              ? new Failure(ErrorCode.KAFKA_UNREACHABLE, "Kafka did not respond: " + message, error)
              : unexpected(root, message, error);
      default -> unexpected(root, message, error);
    };
  }

  private static Failure checkpointInUse(Throwable error) {
    return new Failure(
        ErrorCode.CHECKPOINT_IN_USE,
        "Another job is writing to the same checkpoint: run only one job per view, and restart that one",
        error);
  }

  private static Failure unexpected(Throwable root, String message, Throwable error) {
    return new Failure(
        ErrorCode.UNEXPECTED, root.getClass().getSimpleName() + ": " + message, error);
  }

  private static Failure storage(Throwable root, String message, Throwable error) {
    if (StorageErrors.isMissingContainer(root)) {
      return new Failure(
          ErrorCode.STORAGE_CONTAINER_MISSING,
          "The storage container does not exist (%s): create it, or correct the URI"
              .formatted(message),
          error);
    }

    if (NOT_LET_IN.matcher(message).find()) {
      return new Failure(
          ErrorCode.STORAGE_ACCESS_DENIED,
          "The storage account denies access to this job (%s): correct the credentials, or assign the identity its role"
              .formatted(message),
          error);
    }

    return new Failure(
        ErrorCode.STORAGE_FAILED,
        "The storage request failed (%s); see conf/storage-*.conf for how jobs authenticate"
            .formatted(message),
        error);
  }
}
