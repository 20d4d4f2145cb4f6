package serving;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Commands;
import testing.InProcess;

/** The dialects of the sql command for BI tools. */
class SqlTest {
  @TempDir private Path folder;

  @Test
  void aPowerBiProjectIsWrittenOnceAndListsItsFiles() throws Exception {
    Commands.Result first = powerBi();
    Path table =
        folder.resolve("bi/device_metrics.SemanticModel/definition/tables/device_metrics.tmdl");

    assertThat(first.exitCode()).as(first.err()).isZero();
    assertThat(first.out().lines()).contains(table.toString()).hasSize(17);
    assertThat(folder.resolve("bi/device_metrics.pbip")).exists();
    Commands.Result again = powerBi();
    assertThat(again.exitCode()).isZero();
    assertThat(again.out()).isEmpty();

    Files.writeString(table, "changed by hand");
    Commands.Result refused = powerBi();

    assertThat(refused.exitCode()).isEqualTo(2);
    assertThat(refused.err().strip().lines()).hasSize(1);
    assertThat(refused.err())
        .contains("exists with different contents")
        .contains("[OPTION_INVALID]");
    assertThat(table).hasContent("changed by hand");
  }

  @Test
  void aMetricViewIsPrinted() throws Exception {
    assertThat(InProcess.done("sql", "--view", "device_metrics", "--dialect", "metric-view"))
        .startsWith("CREATE OR REPLACE VIEW `device_metrics_metric_view`\nWITH METRICS\n")
        .contains("  - name: \"avg_temperature\"\n");
  }

  private Commands.Result powerBi() throws Exception {
    return InProcess.run(
        "sql",
        "--view",
        "device_metrics",
        "--dialect",
        "powerbi",
        "--output-folder",
        folder.resolve("bi").toString(),
        "-D",
        "serving.synapse.endpoint=ws-ondemand.sql.azuresynapse.net");
  }
}
