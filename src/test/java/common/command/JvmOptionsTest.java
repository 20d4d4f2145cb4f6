package common.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.launcher.JavaModuleOptions;
import org.junit.jupiter.api.Test;

class JvmOptionsTest {
  @Test
  void theOptionsFileHoldsWhatThisSparkNeeds() throws IOException {
    List<String> options =
        Files.readAllLines(Path.of("conf/jvm.options")).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();

    assertThat(options)
        .containsExactlyInAnyOrder(JavaModuleOptions.defaultModuleOptions().split(" "));
  }
}
