package demo;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.settings.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class DemoTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "wasbs://c@account.blob.core.windows.net/events.jsonl, not wasbs:",
    "abfss://c@account.dfs.core.windows.net/events.jsonl, not abfss:",
    "events-that-are-not-there.jsonl, No such file",
  })
  void theInputIsAFileOfThisMachine(String input, String named) {
    Demo demo = new Demo();
    new CommandLine(demo).parseArgs("--input", input, "--lake", folder.resolve("lake").toString());
    Settings settings = Settings.load(Optional.empty(), demo.overrides());

    assertThatThrownBy(() -> demo.validate(settings))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(named);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "wasbs://c@account.blob.core.windows.net/lake",
        "wasb://c@account.blob.core.windows.net/lake"
      })
  void theLakeIsNotInStorageThatIsNotSupported(String lake) {
    Demo demo = new Demo();
    new CommandLine(demo).parseArgs("--lake", lake);
    Map<String, String> overrides = demo.overrides();

    assertThatThrownBy(() -> Settings.load(Optional.empty(), overrides))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("for lake.root: expected abfss://");
  }

  @Test
  void aPortInUseIsReportedBeforeTheDemoStarts() throws IOException {
    try (ServerSocket used = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Demo demo = new Demo();
      new CommandLine(demo)
          .parseArgs(
              "--serve",
              "--port",
              String.valueOf(used.getLocalPort()),
              "--lake",
              folder.resolve("lake").toString());
      Settings settings = Settings.load(Optional.empty(), demo.overrides());

      assertThatThrownBy(() -> demo.validate(settings))
          .isInstanceOf(Failure.class)
          .hasMessage("Cannot listen on 127.0.0.1:%d: choose another --port", used.getLocalPort());
    }
  }
}
