package batch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.settings.Settings;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class IngestTest {
  private final Settings settings = Settings.load(Optional.empty(), Map.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wasbs://c@account.blob.core.windows.net/events",
        "WASB://c@account.blob.core.windows.net/events.jsonl"
      })
  void storageThatIsNotSupportedIsRefusedBeforeSparkStarts(String from) {
    assertThatThrownBy(() -> from(from).validate(settings))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("for --from: expected abfss://");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "kafka",
        "abfss://c@account.dfs.core.windows.net/events",
        "wasbs.jsonl",
        "in/wasb:old"
      })
  void otherSourcesAreNot(String from) {
    assertThatCode(() -> from(from).validate(settings)).doesNotThrowAnyException();
  }

  private static Ingest from(String from) {
    Ingest command = new Ingest();
    new CommandLine(command).parseArgs("--from", from);
    return command;
  }
}
