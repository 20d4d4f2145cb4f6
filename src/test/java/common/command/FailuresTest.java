package common.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import common.ErrorCode;
import common.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.util.stream.Stream;
import org.apache.hadoop.fs.azurebfs.contracts.exceptions.AbfsRestOperationException;
import org.apache.kafka.common.errors.SaslAuthenticationException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.apache.spark.SparkException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class FailuresTest {
  static Stream<Arguments> errorsOfOthers() {
    return Stream.of(
        arguments(new UnknownTopicOrPartitionException("t"), ErrorCode.KAFKA_TOPIC_MISSING),
        arguments(new SaslAuthenticationException("bad"), ErrorCode.KAFKA_ACCESS_DENIED),
        arguments(new TimeoutException("60000 ms"), ErrorCode.KAFKA_UNREACHABLE),
        arguments(
            new kafkashaded.org.apache.kafka.common.errors.TimeoutException("60000 ms"),
            ErrorCode.KAFKA_UNREACHABLE),
        arguments(new java.util.concurrent.TimeoutException("of Spark"), ErrorCode.UNEXPECTED),
        arguments(
            new IllegalStateException("Some data may have been lost because"),
            ErrorCode.KAFKA_RECORDS_LOST),
        arguments(new IllegalStateException("SparkContext was stopped"), ErrorCode.UNEXPECTED),
        arguments(
            new SparkException("[CONCURRENT_STREAM_LOG_UPDATE] Concurrent update to the log."),
            ErrorCode.CHECKPOINT_IN_USE),
        arguments(new SparkException("Task failed"), ErrorCode.UNEXPECTED),
        arguments(new IOException("No space left on device"), ErrorCode.DISK_FULL),
        arguments(new AccessDeniedException("/lake"), ErrorCode.STORAGE_ACCESS_DENIED),
        arguments(
            new FileNotFoundException("/lake/x (Permission denied)"),
            ErrorCode.STORAGE_ACCESS_DENIED),
        arguments(
            new FileSystemException("/lake/x", null, "Not a directory"), ErrorCode.STORAGE_FAILED),
        arguments(new UnknownHostException("nowhere.example"), ErrorCode.HOST_UNKNOWN),
        arguments(storage(404, "ContainerNotFound"), ErrorCode.STORAGE_CONTAINER_MISSING),
        arguments(storage(403, "AuthorizationFailure"), ErrorCode.STORAGE_ACCESS_DENIED),
        arguments(storage(503, "ServerBusy"), ErrorCode.STORAGE_FAILED));
  }

  @ParameterizedTest
  @MethodSource("errorsOfOthers")
  void anErrorOfALibraryGetsACodeHoweverDeepItIs(Exception error, ErrorCode code) {
    Failure failure = Failures.explain(new RuntimeException("job aborted", new Exception(error)));

    assertThat(failure.code()).isEqualTo(code);
    assertThat(failure.line()).endsWith(" [" + code + "]").doesNotContain("\n");
  }

  @Test
  void aFailureIsReportedAsItWasThrown() {
    Failure thrown = new Failure(ErrorCode.DATA_MISSING, "run batch first", new IOException("x"));

    assertThat(Failures.explain(new RuntimeException(thrown))).isSameAs(thrown);
  }

  private static AbfsRestOperationException storage(int status, String code) {
    return new AbfsRestOperationException(
        status, code, ", %d, GET, https://a, %s, \"x\"".formatted(status, code), null);
  }
}
