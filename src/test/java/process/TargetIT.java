package process;

import static org.assertj.core.api.Assertions.assertThat;

import azure.Definitions;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Commands;

/** scripts/submit.sh with a target, and the configuration files of jobs on that target. */
class TargetIT {
  private static final Map<String, String> TARGETS =
      Map.of(
          "APP_FOLDER", "abfss://app@account.dfs.core.windows.net/lambda-analytics",
          "SYNAPSE_WORKSPACE", "workspace",
          "SYNAPSE_POOL", "spark",
          "DATABRICKS_CLUSTER_ID", "cluster",
          "LAKE_ROOT", "abfss://lake@account.dfs.core.windows.net/lambda",
          "KAFKA_BOOTSTRAP_SERVERS", "namespace.servicebus.windows.net:9093",
          "KEY_VAULT", "a \"vault\"");

  @TempDir private Path folder;

  @Test
  void aCommandForSynapseIsHandedToAzAsPrinted() throws Exception {
    Commands.Result result =
        run(with("az"), "--target", "synapse", "batch", "--view", "v \"x\" y", "--incremental");

    assertThat(result.exitCode()).as(result.err()).isZero();
    List<String> handed = Files.readAllLines(folder.resolve("handed"));
    assertThat(handed.subList(0, 3)).containsExactly("rest", "--method", "post");
    assertThat(handed)
        .contains(
            "https://workspace.dev.azuresynapse.net/livyApi/versions/2019-11-01-preview/sparkPools/spark/batches");
    JsonNode body = new ObjectMapper().readTree(handed.get(handed.size() - 1));
    assertThat(body.get("className").asText()).isEqualTo("batch.Batch");
    assertThat(body.get("args")).hasToString("[\"--view\",\"v \\\"x\\\" y\",\"--incremental\"]");
    assertThat(body.get("file").asText())
        .isEqualTo(TARGETS.get("APP_FOLDER") + "/lambda-analytics-app.jar");
    assertThat(body.get("conf").get("spark.yarn.appMasterEnv.KEY_VAULT").asText())
        .isEqualTo("a \"vault\"");
    assertPrintedIsHanded(result, handed);
  }

  @Test
  void aCommandForDatabricksIsHandedToItsToolAsPrinted() throws Exception {
    Commands.Result result =
        run(with("databricks"), "--target", "databricks", "speed", "--view", "device_metrics");

    assertThat(result.exitCode()).as(result.err()).isZero();
    List<String> handed = Files.readAllLines(folder.resolve("handed"));
    assertThat(handed.subList(0, 3)).containsExactly("jobs", "submit", "--json");
    JsonNode task = new ObjectMapper().readTree(handed.get(3)).at("/tasks/0");
    assertThat(task.at("/spark_jar_task/main_class_name").asText()).isEqualTo("speed.Speed");
    assertThat(task.at("/spark_jar_task/parameters"))
        .hasToString("[\"--view\",\"device_metrics\"]");
  }

  @Test
  void aConfigurationFileOfOnesOwnIsShippedBesideTheOthers() throws Exception {
    run(with("az"), "--target", "synapse", "status", "--conf", "my.conf");

    List<String> handed = Files.readAllLines(folder.resolve("handed"));
    JsonNode files = new ObjectMapper().readTree(handed.get(handed.size() - 1)).get("files");
    assertThat(files)
        .hasToString(
            "[\"%1$s/azure.conf\",\"%1$s/synapse.conf\",\"%1$s/my.conf\"]"
                .formatted(TARGETS.get("APP_FOLDER")));
  }

  @Test
  void withoutTheToolOrWithDryRunTheCommandIsOnlyPrinted() throws Exception {
    Map<String, String> without = new HashMap<>(TARGETS);
    without.put("PATH", "/usr/bin:/bin");
    Commands.Result missing = run(without, "--target", "databricks", "status");
    assertThat(missing.exitCode()).isEqualTo(1);
    assertThat(missing.out()).startsWith("databricks 'jobs' 'submit'");
    assertThat(missing.err()).contains("Error: databricks is not on the PATH");

    Commands.Result dry = run(with("az"), "--target", "synapse", "--dry-run", "status");
    assertThat(dry.exitCode()).isZero();
    assertThat(dry.out()).startsWith("az 'rest'");
    assertThat(folder.resolve("handed")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--target mars status | --target must be local, synapse or databricks",
        "--dry-run status | --dry-run needs --target",
        "--target synapse demo | demo runs only on this machine",
        "--target databricks serve | serve runs only on this machine",
        "--target synapse frobnicate | unknown command",
        "--target databricks status -D speed.redis.password=geheim | speed.redis.password contains a secret in plain text",
        "--target synapse status --help | --help takes no --target",
        "--target databricks speed --view v --dry-run | --dry-run goes before the command",
        "--target databricks status a\tb | arguments must not contain control characters",
        "cosmos-connector 3.5_2.12 more | cosmos-connector takes at most one SPARK_SCALA",
        "cosmos-connector .* | no Cosmos DB connector is known for .*",
        "cosmos-connector 2.4_2.11 | no Cosmos DB connector is known for 2.4_2.11",
      })
  void aWrongTargetIsOneLineAndExitCode2(String command, String message) throws Exception {
    Commands.Result result = run(TARGETS, command.split(" "));

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.err()).contains(message);
    assertThat(result.out() + result.err()).doesNotContain("geheim");
  }

  @Test
  void theTargetsEnvironmentIsAskedFor() throws Exception {
    Commands.Result result = run(Map.of(), "--target", "synapse", "status");

    assertThat(result.exitCode()).isEqualTo(2);
    assertThat(result.err()).contains("--target synapse needs SYNAPSE_WORKSPACE");
  }

  @Test
  void theCoordinatesOfTheConnectorAreThoseOfTheApplication() throws Exception {
    assertThat(run(Map.of(), "cosmos-connector").out().strip())
        .isEqualTo(Definitions.connectors().get("3.5_2.12"));
    assertThat(run(Map.of(), "cosmos-connector", "4.0_2.13").out().strip())
        .isEqualTo(Definitions.connectors().get("4.0_2.13"));
  }

  @Test
  void sqlIsPrintedWhereSecretsCannotBeHad() throws Exception {
    Map<String, String> environment =
        Map.of(
            "LAKE_ROOT", "abfss://lake@account.dfs.core.windows.net/lambda",
            "KAFKA_BOOTSTRAP_SERVERS", "namespace.servicebus.windows.net:9093",
            "KEY_VAULT", "vault");

    Commands.Result result =
        run(
            environment,
            "sql",
            "--view",
            "device_metrics",
            "--dialect",
            "synapse",
            "--conf",
            "conf/synapse.conf");

    assertThat(result.out()).as(result.err()).contains("CREATE OR ALTER VIEW");
  }

  /**
   * Each file is read in full: the error concerns the view, or the place where the file's secrets
   * are available.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local.conf | Unknown view 'nope'",
        "azure.conf | Unknown view 'nope'",
        "azure-entra.conf | Unknown view 'nope'",
        "serve.conf | Unknown view 'nope'",
        "storage-account-key.conf | Unknown view 'nope'",
        "storage-service-principal.conf | Unknown view 'nope'",
        "storage-managed-identity.conf | Unknown view 'nope'",
        "synapse.conf | {{synapse/key-vault/vault/event-hubs}}",
        "databricks.conf | {{databricks/lambda/event-hubs}}",
      })
  void everyConfigurationFileCanBeRead(String file, String message) throws Exception {
    Map<String, String> environment =
        Map.of(
            "LAKE_ROOT", folder.toString(),
            "KAFKA_BOOTSTRAP_SERVERS", "namespace.servicebus.windows.net:9093",
            "EVENT_HUBS_CONNECTION_STRING", "Endpoint=sb://namespace/",
            "EVENT_HUBS_NAMESPACE", "namespace",
            "STORAGE_ACCOUNT_KEY", "key",
            "AZURE_TENANT_ID", "tenant",
            "AZURE_CLIENT_ID", "client",
            "AZURE_CLIENT_SECRET", "a-secret",
            "KEY_VAULT", "vault",
            "SERVE_TOKEN", "a-token");

    Commands.Result result = run(environment, "status", "--view", "nope", "--conf", "conf/" + file);

    assertThat(result.exitCode()).isNotZero();
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    assertThat(result.err()).contains(message);
  }

  private Commands.Result run(Map<String, String> environment, String... command) throws Exception {
    return new Commands(folder).start(environment, command).end();
  }

  /** Runs the printed command in a shell. */
  private void assertPrintedIsHanded(Commands.Result result, List<String> handed) throws Exception {
    Files.delete(folder.resolve("handed"));
    ProcessBuilder shell = new ProcessBuilder("bash", "-c", result.out());
    shell.environment().put("PATH", folder + ":" + System.getenv("PATH"));
    assertThat(shell.start().waitFor()).isZero();
    assertThat(Files.readAllLines(folder.resolve("handed"))).isEqualTo(handed);
  }

  /** The targets' environment, with a tool that records its arguments. */
  private Map<String, String> with(String tool) throws Exception {
    Path script = folder.resolve(tool);
    Files.writeString(
        script, "#!/usr/bin/env bash\nprintf '%%s\\n' \"$@\" > %s/handed\n".formatted(folder));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    Map<String, String> environment = new HashMap<>(TARGETS);
    environment.put("PATH", folder + ":" + System.getenv("PATH"));
    return environment;
  }
}
