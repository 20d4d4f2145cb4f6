package common.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import common.settings.MetricsSettings;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.management.MBeanServer;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Commands;
import testing.InProcess;
import testing.TestSpark;

class TelemetryTest {
  @TempDir private Path folder;

  @Test
  void theDocumentsListEveryMetricAsItDescribesItself() throws Exception {
    Map<String, String> documented = new TreeMap<>();
    Pattern.compile("(?m)^\\| `(lambda_\\w+)` \\|[^|]*\\|[^|]*\\| (.*) \\|$")
        .matcher(Files.readString(Path.of("docs/operations.md")))
        .results()
        .forEach(row -> documented.put(row.group(1), row.group(2)));

    Map<String, String> exposed = ExposedMetrics.helpByName();
    exposed.values().removeIf(String::isEmpty);
    assertThat(documented).isEqualTo(exposed);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "conf/grafana/lambda-analytics.json",
        "conf/prometheus/rules.yml",
        "conf/prometheus/rules-test.yml"
      })
  void dashboardsAndRulesUseMetricsThatExist(String file) throws Exception {
    List<String> used = ExposedMetrics.in(Files.readString(Path.of(file))).toList();

    assertThat(used).isNotEmpty();
    assertThat(ExposedMetrics.helpByName().keySet()).containsAll(used);
  }

  /** Through the plug-in and one of Spark's sinks: TestSpark configures both. */
  @Test
  void sparksMetricSystemReportsThem() throws Exception {
    TestSpark.session();
    StreamTelemetry query = new StreamTelemetry("a query of the test");
    query.state(7, 70);
    query.seen(Instant.EPOCH);
    query.state(8, 80);

    MBeanServer beans = ManagementFactory.getPlatformMBeanServer();
    ObjectName pattern =
        new ObjectName("metrics:name=*.lambda_stream_state_rows.a_query_of_the_test,*");
    assertThat(beans.queryNames(pattern, null))
        .singleElement()
        .satisfies(name -> assertThat(beans.getAttribute(name, "Value")).isEqualTo(8.0));
  }

  @Test
  void aCommandLeavesItsMetricsWhetherItSucceedsOrFails() throws Exception {
    InProcess.done(
        "sql",
        "--view",
        "device_metrics",
        "--dialect",
        "synapse",
        "-D",
        "lake.root=" + folder.resolve("lake"),
        "-D",
        "metrics.textfile-folder=" + folder);
    assertThat(Files.readString(folder.resolve("lambda_sql_device_metrics.prom")))
        .contains("lambda_command_success{command=\"sql\",view=\"device_metrics\"} 1.0")
        .doesNotContain("lambda_commit_conflicts_total", "lambda_stream_");

    InProcess.run(
        "runs",
        "--view",
        "device_metrics",
        "-D",
        "lake.root=" + folder.resolve("lake"),
        "-D",
        "metrics.textfile-folder=" + folder);
    assertThat(Files.readString(folder.resolve("lambda_runs_device_metrics.prom")))
        .contains("lambda_command_success{command=\"runs\",view=\"device_metrics\"} 0.0")
        .contains("lambda_command_finished_timestamp_seconds{command=\"runs\"");
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).noneMatch(file -> file.toString().endsWith(".tmp"));
    }

    Path any = Files.createFile(folder.resolve("any"));
    assertThat(Files.getPosixFilePermissions(folder.resolve("lambda_runs_device_metrics.prom")))
        .isEqualTo(Files.getPosixFilePermissions(any));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nope", "device_metrics,user_activity_summary"})
  void anUnknownViewLeavesNoMetricsThatNoRunCouldCorrect(String view) throws Exception {
    Commands.Result result =
        InProcess.run("runs", "--view", view, "-D", "metrics.textfile-folder=" + folder);

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("Unknown view '" + view + "'");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void aCommandThatRunsUntilItIsStoppedLeavesAFileOnlyIfItFails() throws Exception {
    MetricsSettings settings =
        TestSpark.settings(Map.of("metrics.textfile-folder", folder.toString())).metrics();
    Path file = folder.resolve("lambda_speed_v.prom");

    CommandTelemetry.untilStopped(settings, "speed", "v").end(false);
    assertThat(file).content().contains("lambda_command_success{command=\"speed\",view=\"v\"} 0.0");

    CommandTelemetry next = CommandTelemetry.untilStopped(settings, "speed", "v");
    assertThat(file).exists();
    next.started();
    assertThat(file).doesNotExist();
    next.end(true);
    assertThat(file).doesNotExist();
  }

  /** In a file, they would outlive the process, and the alert rules would take it for stopped. */
  @Test
  void aStreamingCommandThatEndsLeavesNoStreamingMetrics() throws Exception {
    MetricsSettings settings =
        TestSpark.settings(Map.of("metrics.textfile-folder", folder.toString())).metrics();
    new StreamTelemetry("speed v delta").state(7, 70);

    CommandTelemetry.once(settings, "speed", "v").end(true);
    assertThat(folder.resolve("lambda_speed_v.prom"))
        .content()
        .contains("lambda_command_success")
        .doesNotContain("lambda_stream_");
  }

  @Test
  void aFolderThatIsMissingIsRefusedAtTheStart() throws Exception {
    Commands.Result result =
        InProcess.run(
            "runs",
            "--view",
            "device_metrics",
            "-D",
            "metrics.textfile-folder=" + folder.resolve("missing"));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err())
        .startsWith("Error: Invalid metrics.textfile-folder ")
        .contains("[CONFIG_INVALID]");
  }
}
