package kafkashaded.org.apache.kafka.common.errors;

/** Kafka's exception under the name that Databricks gives it. */
public final class TimeoutException extends RuntimeException {
  public TimeoutException(String message) {
    super(message);
  }
}
