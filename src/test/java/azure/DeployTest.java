package azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.Commands;

/**
 * scripts/deploy.sh in a copy of the project's layout, with stand-ins for the tools that the script
 * calls. The stand-ins record each call; the az stand-in responds like Azure, and fails on request.
 */
class DeployTest {
  private static final String AZ =
      """
      { printf '%q ' az "$@"; echo; } >>"$CALLS"
      if [[ -n "${FAIL_AT:-}" && "$*" == *"$FAIL_AT"* ]]; then
        echo "ERROR: (InternalServerError) no luck" >&2
        exit 3
      fi
      has() { [[ -f "$AZURE/$1" ]]; }
      for word in "$@"; do
        if [[ "$word" == @* ]]; then
          cat "${word#@}" >"$AZURE/parameters"
          stat -c %a "$(dirname "${word#@}")" >"$AZURE/permissions"
          touch "$AZURE/serve-token"
        fi
      done
      case "$*" in
        "account show"*) printf 'subscription-1\\nPay As You Go\\nme@example.com\\n' ;;
        "ad signed-in-user show"*) echo 00000000-0000-0000-0000-000000000001 ;;
        "synapse workspace show"*) has network || exit 3; cat "$AZURE/network" ;;
        "deployment group create"*) touch "$AZURE/deployed" ;;
        "deployment group list"*) has deployed && echo one-vault ;;
        "deployment group show"*managedEndpoints*)
          printf '%s\\t%s\\t%s\\n' lake-dfs /storage dfs key-vault /vault vault ;;
        "deployment group show"*serveUrl*) echo https://one-serve.example ;;
        "deployment group show"*)
          printf '%s\\n' onestore one-events one-vault one-synapse one-factory oneregistry ;;
        "resource show"*) echo identity-of-the-factory ;;
        "storage fs file upload"*)
          if has unauthorized; then
            rm "$AZURE/unauthorized"
            echo "ERROR: AuthorizationPermissionMismatch" >&2
            exit 1
          fi ;;
        "synapse role assignment create"*) touch "$AZURE/$8" ;;
        "synapse role assignment list"*) has "$8" && echo role-1 ;;
        "network private-endpoint-connection list --id /storage"*) printf '/storage/ours\\tPending\\n' ;;
        "network private-endpoint-connection list"*) printf '/other/ours\\tApproved\\n' ;;
        *get*/managedPrivateEndpoints\\?*) cat "$AZURE/endpoints" 2>/dev/null ;;
        *livyApi*"--query state"*) cat "$AZURE/state" 2>/dev/null || echo success ;;
        *livyApi*) printf '{\\n  "appId": "a1",\\n  "id": 7,\\n  "state": "not_started"\\n}\\n' ;;
        *Microsoft.KeyVault/vaults/one-vault/secrets*) has serve-token && echo serve-token ;;
        *Microsoft.Consumption/budgets*) has budget && cat "$AZURE/budget" ;;
        *queryPipelineRuns*) has live && echo run-1 ;;
        *pipelines/live/createRun*) touch "$AZURE/live" ;;
        *triggers/hourly/start*) touch "$AZURE/hourly" ;;
        *triggers/nightly/start*) touch "$AZURE/nightly" ;;
        *get*/triggers\\?*hourly*) has hourly && printf 'Started\\t2026-01-31T10:00:00Z\\n' ;;
        *get*/triggers\\?*nightly*) has nightly && printf 'Started\\t2026-01-31T10:00:00Z\\n' ;;
      esac
      exit 0
      """;

  private static final String MAVEN =
      """
      { printf '%q ' mvnw "$@"; echo; } >>"$CALLS"
      mkdir -p target
      touch target/lambda-1.jar target/lambda-1-app.jar
      echo "$PWD/target/lambda-1.jar" > target/local.classpath
      """;

  private static final String ENVSUBST =
      """
      text=$(cat)
      for name in ${1//$/}; do
        text=${text//"\\${$name}"/${!name:-}}
      done
      printf '%s\\n' "$text"
      """;

  /** The kind of change made by a call, by the form of the call; the first match counts. */
  private static final Map<String, String> KINDS = kinds();

  @TempDir private Path folder;
  private Path home;
  private Script tools;
  private Map<String, String> environment;

  @BeforeEach
  void layOut() throws IOException {
    home = folder.resolve("home");
    for (String part : List.of("scripts", "conf", ".mvn")) {
      copy(Path.of(part));
    }

    for (String file : List.of("pom.xml", "Dockerfile", ".dockerignore")) {
      Files.copy(Path.of(file), home.resolve(file));
    }

    Files.createDirectories(home.resolve("src/main"));
    Files.writeString(home.resolve("src/main/Source.java"), "source");
    Script.executable(home.resolve("mvnw"), MAVEN);
    Script.executable(home.resolve("scripts/class-archive.sh"), "exit 0\n");

    tools = new Script(folder);
    tools.put("az", AZ);
    tools.put("envsubst", ENVSUBST);
    tools.put("sqlcmd", "{ printf '%q ' sqlcmd \"$@\"; echo; } >>\"$CALLS\"\n");
    Path jdk = Files.createDirectories(folder.resolve("jdk/bin"));
    Script.executable(jdk.resolve("java"), "echo \"-- $*\"\n");
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17.0.1\"\n");
    environment =
        new HashMap<>(
            Map.of(
                "AZURE", Files.createDirectories(folder.resolve("azure")).toString(),
                "CALLS", folder.resolve("calls").toString(),
                "DEPLOY_PAUSE_SECONDS", "0",
                "HOME", folder.toString(),
                "JAVA_HOME", folder.resolve("jdk").toString(),
                "XDG_STATE_HOME", folder.resolve("state").toString()));
  }

  @Test
  void theStepsFollowEachOther() throws Exception {
    Commands.Result result = deploy("--ip", "203.0.113.7");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(steps(result))
        .containsExactly(
            "build",
            "group",
            "template",
            "upload",
            "access",
            "jobs",
            "tables",
            "pipelines",
            "views",
            "triggers");
    assertThat(changes())
        .containsExactly(
            "build jar",
            "group",
            "template",
            "upload azure.conf",
            "upload synapse.conf",
            "upload lambda-analytics-app.jar",
            "firewall",
            "role",
            "role",
            "role",
            "link to the vault",
            "job batch",
            "job compact",
            "job ingest",
            "job maintain",
            "job reconcile",
            "job speed",
            "job status",
            "run batch.Ingest",
            "run batch.Batch",
            "run batch.Batch",
            "run batch.Batch",
            "link to the workspace",
            "pipeline lambda",
            "pipeline live",
            "start live",
            "sql",
            "sql",
            "sql",
            "sql",
            "sql",
            "trigger hourly",
            "start trigger hourly",
            "trigger nightly",
            "start trigger nightly");
    assertThat(calls())
        .as("every value of a definition is filled in")
        .noneMatch(call -> call.contains("\\${") || call.contains("${"));
  }

  @Test
  void aDryRunPrintsTheStepsAndChangesNothing() throws Exception {
    Commands.Result result = deploy("--dry-run", "--serve", "--alert-email", "me@example.com");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out())
        .contains("Pay As You Go (subscription-1), signed in as me@example.com")
        .containsPattern("to do +build ")
        .containsPattern("to do +template .*alerts to me@example.com")
        .containsPattern("to do +serve ");
    assertThat(changes()).isEmpty();
    assertThat(folder.resolve("state")).doesNotExist();
  }

  @Test
  void withoutConfirmationNothingChanges() throws Exception {
    for (String answer : List.of("", "n\n", "\n")) {
      Commands.Result result = run(answer, "--name", "one");

      assertFailed(result, 1, "not confirmed: nothing was changed");
      assertThat(changes()).isEmpty();
    }

    assertThat(run("y\n", "--name", "one", "--until", "group").exitCode()).isZero();
    assertThat(changes()).containsExactly("build jar", "group");
  }

  @ParameterizedTest
  @CsvSource({
    "deployment group create, template",
    "storage fs file upload, upload",
    "sparkJobDefinitions/speed, jobs",
    "livyApi, tables",
    "pipelines/live?, pipelines",
    "triggers/nightly/start, triggers",
  })
  void aRerunGoesOnWithTheStepThatFailed(String call, String step) throws Exception {
    Commands.Result failed = deployFailingAt(call);

    assertThat(failed.exitCode()).isEqualTo(1);
    assertThat(failed.err())
        .contains("no luck")
        .endsWith(
            "Error: the step %s failed (see above): run the same command again to resume there%n"
                .formatted(step));
    List<String> done = steps(failed);
    assertThat(done).last().isEqualTo(step);

    Commands.Result rerun = deploy();

    assertThat(rerun.exitCode()).as(rerun.err()).isZero();
    assertThat(steps(rerun)).first().isEqualTo(step);
    assertThat(Stream.concat(done.stream(), steps(rerun).stream().skip(1)).toList())
        .hasSize(10)
        .doesNotHaveDuplicates();
    Files.delete(folder.resolve("calls"));
    assertThat(deploy().out()).contains("There is nothing to do");
    assertThat(changes()).isEmpty();
  }

  @Test
  void aChangedFileRepeatsTheStepsThatDependOnIt() throws Exception {
    deploy();
    Files.writeString(home.resolve("conf/datafactory/trigger/hourly.json"), "{}");
    assertThat(steps(deploy())).containsExactly("triggers");

    Files.writeString(home.resolve("src/main/Source.java"), "changed");
    assertThat(steps(deploy())).containsExactly("build", "upload", "views");

    assertThat(steps(deploy("--alert-email", "me@example.com"))).containsExactly("template");
    assertThat(steps(deploy("--parameter", "captureRetentionDays=90"))).containsExactly("template");
    assertThat(calls())
        .filteredOn(call -> call.contains("deployment group create"))
        .last()
        .asString()
        .contains(" captureRetentionDays=90 ");
    assertThat(steps(deploy("--resource-group", "other"))).hasSize(10);
  }

  @Test
  void repeatedStepsLeaveWhatIsRunningAlone() throws Exception {
    deploy("--serve", "--budget", "500", "--alert-email", "me@example.com");
    Files.writeString(folder.resolve("azure/budget"), "2026-01-01T00:00:00Z\n");
    Files.delete(folder.resolve("azure/parameters"));
    Files.delete(folder.resolve("calls"));

    Commands.Result again =
        deploy("--all", "--serve", "--budget", "500", "--alert-email", "me@example.com");

    assertThat(again.exitCode()).as(again.err()).isZero();
    assertThat(changes()).doesNotContain("role", "start live");
    assertThat(changes())
        .containsSubsequence(
            "stop trigger hourly",
            "trigger hourly",
            "start trigger hourly",
            "stop trigger nightly");
    assertThat(calls())
        .filteredOn(call -> call.contains("triggers/hourly\\?"))
        .singleElement()
        .asString()
        .contains("2026-01-31T10:00:00Z");
    assertThat(calls())
        .filteredOn(call -> call.contains("deployment group create"))
        .hasSize(2)
        .allMatch(call -> call.contains("budgetStart=2026-01-01"));
    assertThat(folder.resolve("azure/parameters")).as("the token stays").doesNotExist();
  }

  @Test
  void theTokenIsNeverInArgumentsOutputOrNotes() throws Exception {
    Commands.Result result = deploy("--serve");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(steps(result)).endsWith("triggers", "image", "serve");
    String token =
        Definitions.used(
                Files.readString(folder.resolve("azure/parameters")),
                "\"serveToken\": \\{\"value\": \"([0-9a-f]{64})\"}")
            .iterator()
            .next();
    assertThat(folder.resolve("azure/permissions")).hasContent("700");
    assertThat(Files.readString(folder.resolve("calls")) + result.out() + result.err())
        .doesNotContain(token);
    try (Stream<Path> left = Files.walk(folder)) {
      assertThat(left.filter(Files::isRegularFile).filter(file -> !file.endsWith("parameters")))
          .allSatisfy(file -> assertThat(Files.readString(file)).doesNotContain(token));
    }

    List<String> files =
        calls().stream()
            .flatMap(call -> Arrays.stream(call.split(" ")))
            .filter(word -> word.startsWith("@"))
            .toList();
    assertThat(files).hasSize(1);
    assertThat(Path.of(files.get(0).substring(1))).doesNotExist();
  }

  @Test
  void serveRunsTheImagesThatWereBuilt() throws Exception {
    Commands.Result result = deploy("--serve");

    List<String> builds = calls().stream().filter(call -> call.startsWith("az acr build")).toList();
    assertThat(builds).hasSize(2);
    String tag = builds.get(0).replaceFirst(".*lambda-analytics-mirror:(\\w+) .*", "$1");
    assertThat(builds.get(0)).contains("--target mirror");
    assertThat(builds.get(1)).contains("lambda-analytics:" + tag + " ", "--target serve");
    assertThat(calls())
        .filteredOn(call -> call.contains("serveTag="))
        .singleElement()
        .asString()
        .contains("serveTag=" + tag);
    assertThat(result.out()).contains("https://one-serve.example");
  }

  @Test
  void newRightsAreWaitedFor() throws Exception {
    Files.createFile(folder.resolve("azure/unauthorized"));

    Commands.Result result = deploy("--until", "upload");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(result.err()).contains("waiting for new permissions to take effect");
    assertThat(changes()).filteredOn("upload azure.conf"::equals).hasSize(2);
  }

  @Test
  void aJobThatFailsStopsTheDeployment() throws Exception {
    Files.writeString(folder.resolve("azure/state"), "dead\n");

    Commands.Result result = deploy();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .contains("The job ingest ended with the state dead", "the step tables");
    assertThat(changes()).last().isEqualTo("run batch.Ingest");
  }

  @Test
  void inAPrivateNetworkOnlyTheManagedEndpointsAreApproved() throws Exception {
    Commands.Result result = deploy("--private-network");

    assertThat(result.exitCode()).as(result.err()).isZero();
    assertThat(steps(result)).startsWith("build", "group", "template", "endpoints", "upload");
    assertThat(result.out()).contains("must run on a machine in the network one-network");
    assertThat(changes())
        .containsSubsequence("template", "endpoint lake-dfs", "approve", "endpoint key-vault")
        .filteredOn("approve"::equals)
        .as("approved connections are left alone")
        .hasSize(1);
    assertThat(calls())
        .filteredOn(call -> call.contains("private-endpoint-connection list"))
        .extracting(call -> call.replaceFirst(".*'/([\\w.-]+).*", "$1"))
        .containsExactly(
            "one-synapse.lake-dfs", "one-synapse.key-vault", "one-factory.synapse-dev");
    assertThat(calls())
        .filteredOn(call -> call.contains("deployment group create"))
        .allMatch(call -> call.contains("privateNetwork=true"));

    Files.writeString(folder.resolve("azure/endpoints"), "lake-dfs\nkey-vault\n");
    Files.delete(folder.resolve("calls"));
    deploy("--private-network", "--all", "--until", "endpoints");
    assertThat(changes()).noneMatch(change -> change.startsWith("endpoint "));
  }

  @Test
  void theKindOfNetworkCannotBeChanged() throws Exception {
    Files.writeString(folder.resolve("azure/network"), "none\n");
    assertFailed(deploy("--private-network"), 2, "one was deployed without --private-network");

    Files.writeString(folder.resolve("azure/network"), "default\n");
    assertFailed(deploy(), 2, "one was deployed with --private-network: pass it again");
    assertThat(changes()).isEmpty();
  }

  @Test
  void whatIsMissingIsNamedBeforeAnythingChanges() throws Exception {
    Files.delete(folder.resolve("bin/sqlcmd"));
    assertFailed(deploy(), 1, "sqlcmd is not on the PATH");
    assertThat(changes()).isEmpty();

    assertFailed(deployFailingAt("account show"), 1, "not signed in to Azure: run az login");
    assertFailed(
        deployFailingAt("ad signed-in-user"),
        1,
        "the object id of me@example.com: pass --operator");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--yes | --name is required",
        "--name Upper | --name Upper: expected 3 to 12 lower-case letters and digits",
        "--name 1digit | --name 1digit: expected",
        "--name | --name needs a value",
        "--name one --frobnicate | unknown option '--frobnicate'",
        "--name one --budget 5 | --budget needs an --alert-email",
        "--name one --budget much | --budget much: expected a whole amount",
        "--name one --alert-email me | --alert-email me: not an e-mail address",
        "--name one --ip here | --ip here: expected an IPv4 address",
        "--name one --ip 1.2.3.4 --private-network | the workspace has no public endpoint",
        "--name one --synapse-link --private-network | --private-network disables",
        "--name one --parameter serveToken=geheim | expected a value of addressSpace",
        "--name one --until image | --until image: expected one of build group template",
      })
  void wrongUsageIsOneLineAndExitCode2(String words, String message) throws Exception {
    assertFailed(run("", words.split(" ")), 2, message);
    assertThat(folder.resolve("calls")).doesNotExist();
  }

  @Test
  void helpNamesEveryOption() throws Exception {
    Commands.Result help = run("", "--help");

    assertThat(help.exitCode()).isZero();
    assertThat(Definitions.used(help.out(), "(?m)^  (--[a-z-]+) "))
        .isEqualTo(
            Definitions.used(
                Files.readString(Path.of("scripts/deploy.sh")), "(?m)^ +(--[a-z-]+)\\)"));
  }

  private Commands.Result deploy(String... more) throws Exception {
    List<String> words = new ArrayList<>(List.of("--name", "one", "--yes"));
    words.addAll(List.of(more));
    return run("", words.toArray(String[]::new));
  }

  private Commands.Result deployFailingAt(String call) throws Exception {
    environment.put("FAIL_AT", call);
    try {
      return deploy();
    } finally {
      environment.remove("FAIL_AT");
    }
  }

  private Commands.Result run(String input, String... words) throws Exception {
    return tools.run(home.resolve("scripts/deploy.sh"), input, environment, words);
  }

  private static void assertFailed(Commands.Result result, int exitCode, String message) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
    assertThat(result.err().strip().lines()).hasSize(1);
    assertThat(result.err()).startsWith("Error: ").contains(message);
  }

  /** The steps that a run began. */
  private static List<String> steps(Commands.Result result) {
    return result
        .out()
        .lines()
        .filter(line -> line.startsWith("==> "))
        .map(line -> line.substring(4))
        .toList();
  }

  private List<String> calls() throws IOException {
    Path calls = folder.resolve("calls");
    return Files.exists(calls) ? Files.readAllLines(calls) : List.of();
  }

  /** The kinds of change made by the calls that change something. */
  private List<String> changes() throws IOException {
    return calls().stream().flatMap(call -> change(call).stream()).toList();
  }

  private static Optional<String> change(String call) {
    return KINDS.entrySet().stream()
        .filter(kind -> call.matches(kind.getKey()))
        .map(kind -> call.replaceFirst(kind.getKey(), kind.getValue()))
        .findFirst();
  }

  private static Map<String, String> kinds() {
    Map<String, String> kinds = new LinkedHashMap<>();
    kinds.put("mvnw .*", "build jar");
    kinds.put("sqlcmd .*", "sql");
    kinds.put("az group create .*", "group");
    kinds.put("az deployment group create .*", "template");
    kinds.put("az storage fs file upload .*--path lambda-analytics/(\\S+) .*", "upload $1");
    kinds.put("az synapse workspace firewall-rule create .*", "firewall");
    kinds.put("az synapse role assignment create .*", "role");
    kinds.put("az acr build .*", "build image");
    kinds.put("az network private-endpoint-connection approve .*", "approve");
    kinds.put("az rest --method put .*/linkedservices/key-vault.*", "link to the vault");
    kinds.put("az rest --method put .*/linkedservices/synapse.*", "link to the workspace");
    kinds.put("az rest --method put .*/sparkJobDefinitions/(\\w+).*", "job $1");
    kinds.put("az rest --method put .*/managedPrivateEndpoints/([\\w-]+).*", "endpoint $1");
    kinds.put(
        "az rest --method post .*livyApi.*className\\S*\\\\ \\S*?([a-z]+\\.[A-Z]\\w+).*", "run $1");
    kinds.put("az rest --method put .*/pipelines/(\\w+).*", "pipeline $1");
    kinds.put("az rest --method post .*/pipelines/live/createRun.*", "start live");
    kinds.put("az rest --method put .*/triggers/(\\w+).*", "trigger $1");
    kinds.put("az rest --method post .*/triggers/(\\w+)/(start|stop).*", "$2 trigger $1");
    return kinds;
  }

  private void copy(Path folderOfProject) throws IOException {
    try (Stream<Path> files = Files.walk(folderOfProject)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path to = home.resolve(file);
        Files.createDirectories(to.getParent());
        Files.copy(file, to, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
