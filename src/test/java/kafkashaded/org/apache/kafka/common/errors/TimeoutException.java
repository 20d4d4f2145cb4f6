package kafkashaded.org.apache.kafka.common.errors;

/** Kafka's exception under its shaded name on Databricks. */
public final class TimeoutException extends RuntimeException {
  public TimeoutException(String message) {
    super(message);
  }
}
