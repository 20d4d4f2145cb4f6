package process;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Commands;

/**
 * Runs the harness of scripts/bench.sh over few events; its figures say nothing about performance.
 */
class BenchIT {
  private static final List<String> BENCH = List.of("scripts/bench.sh");

  @TempDir private Path folder;

  @Test
  void aBenchmarkPrintsATableAndLeavesItsFigures() throws Exception {
    Commands.Result result = new Commands(folder).start(BENCH, Map.of(), "ingest", "--quick").end();

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.out())
        .contains("5,000 and 10,000 events", "the answers agree")
        .containsPattern("\\| from Kafka \\| [0-9.-]+ \\|")
        .containsPattern("\\| from files \\| [0-9.-]+ \\|");
    JsonNode figures = new ObjectMapper().readTree(Path.of("target/bench/ingest.json").toFile());
    assertThat(figures)
        .hasSize(4)
        .allSatisfy(trial -> assertThat(trial.get("cpu_s").asDouble()).isPositive());
  }

  @ParameterizedTest
  @CsvSource({"nope, --quick, unknown benchmark 'nope'", "ingest, --fast, unknown option '--fast'"})
  void aWrongArgumentIsAUsageError(String name, String option, String message) throws Exception {
    Commands.Result result = new Commands(folder).start(BENCH, Map.of(), name, option).end();

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains(message, "see scripts/bench.sh --help");
  }
}
