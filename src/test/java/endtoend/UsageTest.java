package endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Commands;
import testing.InProcess;

/** Messages of the option parser and of the checks before Spark starts. */
class UsageTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "demo",
        "ingest",
        "batch",
        "runs",
        "maintain",
        "boundary",
        "speed",
        "provision",
        "query",
        "alerts",
        "compact",
        "reconcile",
        "status",
        "sql",
        "serve"
      })
  void everyCommandHasHelp(String command) throws Exception {
    Commands.Result result = InProcess.run(command, "--help");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("Usage: " + command, "Example:", "scripts/submit.sh");
  }

  @ParameterizedTest
  @CsvSource({"none, ''", "forever, -1", "30 days, 2592000"})
  void aContainerHasTheAnalyticalStoreThatIsAskedFor(String wanted, String seconds)
      throws Exception {
    String statements =
        InProcess.done(
            "provision",
            "--view",
            "device_metrics",
            "--dry-run",
            "-D",
            "speed.cosmos.analytical-store-ttl=" + wanted);

    if (seconds.isEmpty()) {
      assertThat(statements).contains("defaultTtlInSeconds").doesNotContain("analyticalStore");
    } else {
      assertThat(statements).contains("analyticalStoreTtlInSeconds = '%s'".formatted(seconds));
    }
  }

  @Test
  void theVersionIsThatOfTheBuild() throws Exception {
    Matcher version =
        Pattern.compile("<version>(.+)</version>").matcher(Files.readString(Path.of("pom.xml")));
    assertThat(version.find()).isTrue();

    Commands.Result result = InProcess.run("status", "--version");

    assertThat(result.out().strip()).isEqualTo("lambda-analytics " + version.group(1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "demo -D lake.root=somewhere | -D lake.root: the demo requires a separate lake; use --lake FOLDER",
        "runs --view device_metrics -D views.device_metric.window=1h | views.device_metric",
        "demo --port 8081 | --port requires --serve",
        "demo --serve --port 65536 | --port 65536: expected 0 to 65535",
        "serve --port 65536 | --port 65536: expected 0 to 65535",
        "serve --bind 0.0.0.0 | other machines could read everything; configure serve.token",
        "serve --bind nowhere.invalid | --bind nowhere.invalid: not an address of this machine",
        "batch | Missing required option: '--view=VIEW'",
        "batch --veiw device_metrics | Unknown options: '--veiw', 'device_metrics'",
        "runs --view device_metrics -D =x | --define needs a key: KEY=VALUE",
        "batch --view nope | Unknown view 'nope': expected one of [device_daily_metrics,",
        "batch --view device_metrics --from 2026-01-31 | --from and --to must be given together",
        "batch --view device_metrics --from 2026-02-30 --to 2026-03-01 | '2026-02-30' is not a date",
        "batch --view device_metrics --rebuild | --rebuild requires --reason",
        "batch --view device_metrics --incremental --restore 1 | Choose one of --incremental",
        "batch --view device_metrics --reason x | --reason requires --rebuild or --restore",
        "reconcile --view device_metrics --from 2026-02-02 --to 2026-02-01 | must be before --to",
        "status --view nope | Unknown view 'nope'",
        "speed --view device_metrics -D streaming.ledger-policy=ignore | streaming.ledger-policy",
        "query --view device_metrics --from noon | 'noon' is not a time",
        "query --view device_metrics --max-age soon | 'soon' is not a duration such as 30s",
        "query --view device_metrics --wait 1m | --wait requires --accuracy exact and --to",
        "alerts --view user_activity_summary | has no levels, so it has no alerts",
        "speed --view user_activity_summary -D speed.sinks=[alerts] | has no levels",
        "speed --view device_metrics -D speed.alerts.channels.a.kind=pager | one of [alertmanager,",
        "speed --view device_metrics -D speed.alerts.channels.a={kind=teams} | speed.alerts.channels.a",
        "speed --view device_metrics -D speed.alerts.channels.a={kind=kafka,url=x} | channels.a.url",
        "query --view device_metrics --output xml | expected one of",
        "sql --dialect synapse | Missing required option: '--view=VIEW'",
        "sql --setup | --setup requires --dialect synapse",
        "sql --view device_metrics --materialized | --materialized requires --dialect synapse",
        "sql --dialect synapse --setup | but lake.root is",
        "sql --view device_metrics --dialect oracle | not one of spark, synapse, synapse-cosmos",
        "sql --dialect metric-view --setup | --setup requires --dialect synapse",
        "sql --dialect powerbi --output-folder target/bi | Missing required option: '--view=VIEW'",
        "sql --view device_metrics --dialect powerbi | --dialect powerbi requires --output-folder",
        "sql --view device_metrics --output-folder target/bi | --output-folder requires --dialect powerbi",
        "sql --view device_metrics --dialect powerbi --output-folder target/bi | Set serving.synapse.endpoint",
        "sql --view device_metrics --dialect powerbi --output-folder pom.xml -D serving.synapse.endpoint=ws | pom.xml is not a folder",
        "sql --view device_metrics -D serving.synapse.endpoint=https://ws | expected the host name",
        "maintain --view device_metrics --vacuum-hours 24 | --vacuum-hours 24",
        "ingest --from x -D sped.sinks=1 | Unknown key 'sped'",
        "speed --view device_metrics -D speed.sinks=[detla] | speed.sinks",
        "speed --view device_metrics --conf no.conf | No such configuration file: no.conf",
      })
  void wrongUsageIsOneLineAndExitCode2(String command, String message) throws Exception {
    Commands.Result result = InProcess.run(command.split(" "));

    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).startsWith("Error: ").contains(message);
    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.out()).isEmpty();
  }
}
