import static org.assertj.core.api.Assertions.assertThat;

import com.azure.json.JsonProviders;
import com.azure.json.JsonReader;
import com.azure.resourcemanager.datafactory.fluent.models.LinkedServiceResourceInner;
import com.azure.resourcemanager.datafactory.fluent.models.PipelineResourceInner;
import com.azure.resourcemanager.datafactory.fluent.models.TriggerResourceInner;
import com.azure.resourcemanager.datafactory.models.Activity;
import com.azure.resourcemanager.datafactory.models.AzureKeyVaultLinkedService;
import com.azure.resourcemanager.datafactory.models.AzureSynapseArtifactsLinkedService;
import com.azure.resourcemanager.datafactory.models.DependencyCondition;
import com.azure.resourcemanager.datafactory.models.ForEachActivity;
import com.azure.resourcemanager.datafactory.models.RecurrenceFrequency;
import com.azure.resourcemanager.datafactory.models.ScheduleTrigger;
import com.azure.resourcemanager.datafactory.models.SynapseSparkJobDefinitionActivity;
import com.azure.resourcemanager.datafactory.models.TumblingWindowFrequency;
import com.azure.resourcemanager.datafactory.models.TumblingWindowTrigger;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.command.Command;
import common.settings.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import picocli.CommandLine;

/**
 * The definitions under conf/ that run the application on Azure: Data Factory's are read with
 * Azure's own model, and every command line with the application's own option parser.
 */
class DeploymentTest {
  private static final Path CONF = Path.of("conf");
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Set<String> VIEWS =
      new HashSet<>(
          Settings.load(Optional.empty(), Map.of()).views().all().stream()
              .map(view -> view.name())
              .toList());

  /** What Data Factory puts in for the expressions that pipelines here may use. */
  private static final Map<String, String> EXPRESSIONS =
      Map.of(
          "@item()",
          "device_metrics",
          "@formatDateTime(pipeline().parameters.windowStart, 'yyyy-MM-ddTHH:mm:ssZ')",
          "2026-01-31T10:00:00Z",
          "@formatDateTime(pipeline().parameters.windowEnd, 'yyyy-MM-ddTHH:mm:ssZ')",
          "2026-01-31T11:00:00Z");

  /** Roles that open one thing to one task; none that administers. */
  private static final Set<String> NARROW_ROLES =
      Set.of(
          "blobDataContributor",
          "blobDataReader",
          "secretsUser",
          "eventHubsDataReceiver",
          "cosmosDataContributor");

  static Stream<Path> synapse() throws IOException {
    return Files.list(CONF.resolve("synapse")).filter(file -> file.toString().endsWith(".json"));
  }

  @ParameterizedTest
  @MethodSource("synapse")
  void aSparkJobDefinitionRunsACommandThatTakesItsOptions(Path file) throws Exception {
    JsonNode definition = JSON.readTree(filled(file));
    JsonNode properties = definition.get("properties");
    JsonNode job = properties.get("jobProperties");

    assertThat(definition.get("name").asText() + ".json").isEqualTo(file.getFileName().toString());
    assertThat(properties.at("/targetBigDataPool/type").asText()).isEqualTo("BigDataPoolReference");
    assertThat(properties.at("/targetBigDataPool/referenceName").asText()).isEqualTo("spark");
    assertThat(properties.get("requiredSparkVersion").asText()).isEqualTo("3.5");
    for (String required :
        List.of("driverMemory", "driverCores", "executorMemory", "executorCores", "numExecutors")) {
      assertThat(job.get(required)).as(required).isNotNull();
    }

    List<String> arguments = texts(job.get("args"));
    assertThatParses(job.get("className").asText(), arguments);
    List<String> shipped =
        texts(job.get("files")).stream().map(uri -> uri.replaceFirst(".*/", "")).toList();
    assertThat(shipped)
        .contains(arguments.get(arguments.indexOf("--conf") + 1), "azure.conf")
        .allSatisfy(name -> assertThat(CONF.resolve(name)).exists());
  }

  @ParameterizedTest
  @MethodSource("pipelines")
  void aPipelineIsValidAndItsStepsTakeTheirOptionsInOrder(String name, List<String> steps)
      throws Exception {
    PipelineResourceInner pipeline =
        PipelineResourceInner.fromJson(reader("datafactory/pipeline/" + name + ".json"));
    pipeline.validate();

    List<Activity> activities = pipeline.activities();
    assertThat(activities).extracting(Activity::name).containsExactlyElementsOf(steps);
    for (int i = 1; i < activities.size(); i++) {
      assertThat(activities.get(i).dependsOn()).hasSize(1);
      assertThat(activities.get(i).dependsOn().get(0).activity()).isEqualTo(steps.get(i - 1));
      assertThat(activities.get(i).dependsOn().get(0).dependencyConditions())
          .containsExactly(DependencyCondition.SUCCEEDED);
    }

    assertThat(pipeline.concurrency()).isEqualTo(1);
    assertThat(pipeline.parameters().keySet())
        .containsExactlyInAnyOrder("views", "windowStart", "windowEnd");
    assertThat((List<?>) pipeline.parameters().get("views").defaultValue())
        .allMatch(VIEWS::contains);
    for (SynapseSparkJobDefinitionActivity job : jobs(activities)) {
      assertThat(job.linkedServiceName().referenceName()).isEqualTo("synapse");
      String definition = String.valueOf(job.sparkJob().referenceName());
      assertThatParses(className(definition), job.arguments().stream().map(this::filled).toList());
      // A difference between the layers does not go away by looking again.
      assertThat(job.policy().retry()).isEqualTo(definition.equals("reconcile") ? 0 : 2);
    }
  }

  static Stream<Object[]> pipelines() {
    return Stream.of(
        new Object[] {"incremental", List.of("ingest", "batch views", "reconcile views")},
        new Object[] {
          "nightly", List.of("ingest", "batch views", "compact", "maintain", "reconcile views")
        });
  }

  @Test
  void theHourlyTriggerPassesEachWindowOnceAndOneAtATime() throws Exception {
    TriggerResourceInner resource =
        TriggerResourceInner.fromJson(reader("datafactory/trigger/hourly.json"));
    resource.validate();

    assertThat(resource.properties()).isExactlyInstanceOf(TumblingWindowTrigger.class);
    TumblingWindowTrigger trigger = (TumblingWindowTrigger) resource.properties();
    assertThat(trigger.frequency()).isEqualTo(TumblingWindowFrequency.HOUR);
    assertThat(trigger.interval()).isEqualTo(1);
    assertThat(trigger.maxConcurrency()).isEqualTo(1);
    assertThat(trigger.retryPolicy().intervalInSeconds()).isGreaterThanOrEqualTo(30);
    assertThat(trigger.pipeline().pipelineReference().referenceName()).isEqualTo("incremental");
    assertThat(trigger.pipeline().parameters())
        .containsEntry("windowStart", "@trigger().outputs.windowStartTime")
        .containsEntry("windowEnd", "@trigger().outputs.windowEndTime");
  }

  @Test
  void theNightlyTriggerPassesTheDayBefore() throws Exception {
    TriggerResourceInner resource =
        TriggerResourceInner.fromJson(reader("datafactory/trigger/nightly.json"));
    resource.validate();

    assertThat(resource.properties()).isExactlyInstanceOf(ScheduleTrigger.class);
    ScheduleTrigger trigger = (ScheduleTrigger) resource.properties();
    assertThat(trigger.recurrence().frequency()).isEqualTo(RecurrenceFrequency.DAY);
    assertThat(trigger.recurrence().interval()).isEqualTo(1);
    assertThat(trigger.recurrence().timeZone()).isEqualTo("UTC");
    assertThat(trigger.pipelines()).hasSize(1);
    assertThat(trigger.pipelines().get(0).pipelineReference().referenceName()).isEqualTo("nightly");
    assertThat(trigger.pipelines().get(0).parameters())
        .containsEntry("windowStart", "@addDays(trigger().scheduledTime, -1)")
        .containsEntry("windowEnd", "@trigger().scheduledTime");
  }

  @Test
  void theLinkedServiceNamesTheWorkspaceAndHoldsNoSecret() throws Exception {
    LinkedServiceResourceInner resource =
        LinkedServiceResourceInner.fromJson(reader("datafactory/linkedService/synapse.json"));
    resource.validate();

    assertThat(resource.properties()).isExactlyInstanceOf(AzureSynapseArtifactsLinkedService.class);
    AzureSynapseArtifactsLinkedService service =
        (AzureSynapseArtifactsLinkedService) resource.properties();
    assertThat(service.authentication()).isEqualTo("MSI");
    assertThat(service.endpoint()).isEqualTo("https://anything.dev.azuresynapse.net");
  }

  @Test
  void theVaultThatReferencesNameIsLinkedToTheWorkspace() throws Exception {
    LinkedServiceResourceInner resource =
        LinkedServiceResourceInner.fromJson(reader("synapse/linkedService/key-vault.json"));
    resource.validate();

    assertThat(resource.properties()).isExactlyInstanceOf(AzureKeyVaultLinkedService.class);
    assertThat(Files.readString(CONF.resolve("synapse.conf"))).contains("{{synapse/key-vault/");
  }

  @Test
  void theDatabricksBundleRunsCommandsThatTakeTheirOptions() throws Exception {
    Map<?, ?> bundle = new Yaml().load(Files.readString(CONF.resolve("databricks/databricks.yml")));
    List<Map<?, ?>> jarTasks = new ArrayList<>();
    collect(bundle.get("resources"), "spark_jar_task", jarTasks);

    assertThat(jarTasks).hasSizeGreaterThanOrEqualTo(6);
    for (Map<?, ?> task : jarTasks) {
      List<String> arguments =
          ((List<?>) task.get("parameters"))
              .stream()
                  .map(String::valueOf)
                  .map(text -> text.replace("{{input}}", "device_metrics"))
                  .toList();
      assertThatParses(String.valueOf(task.get("main_class_name")), arguments);
      assertThat(arguments).contains("${var.app}/databricks.conf");
    }

    List<Map<?, ?>> loops = new ArrayList<>();
    collect(bundle.get("resources"), "for_each_task", loops);
    for (Map<?, ?> loop : loops) {
      assertThat(texts(JSON.readTree(String.valueOf(loop.get("inputs")))))
          .isNotEmpty()
          .allMatch(VIEWS::contains);
    }

    Map<?, ?> variables = (Map<?, ?>) bundle.get("variables");
    assertThat(((Map<?, ?>) variables.get("cosmos_connector")).get("default"))
        .isEqualTo(connectors().get("3.5_2.12"));
    assertThat(used(Files.readString(CONF.resolve("databricks/databricks.yml")), "var\\.(\\w+)"))
        .isEqualTo(new TreeSet<>(variables.keySet().stream().map(String::valueOf).toList()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/azure.md"})
  void whatADocumentNamesIsThere(String document) throws Exception {
    String text = Files.readString(Path.of(document));
    assertThat(used(text, "((?:conf|docs|src)/[\\w./-]+\\.(?:conf|json|yml|properties|md))"))
        .allSatisfy(file -> assertThat(Path.of(file)).exists());

    Map<String, String> classes = new HashMap<>();
    Pattern.compile("([\\w-]+)\\) echo ([\\w.]+) ;;")
        .matcher(Files.readString(Path.of("scripts/submit.sh")))
        .results()
        .forEach(known -> classes.put(known.group(1), known.group(2)));
    List<String> commands =
        Pattern.compile("scripts/submit\\.sh (?:--target \\w+ )?([a-z][^`\\n>&|#)]*)")
            .matcher(text)
            .results()
            .map(DeploymentTest::group)
            .filter(line -> !line.startsWith("cosmos-connector"))
            .toList();
    assertThat(commands).hasSizeGreaterThan(3);
    for (String command : commands) {
      List<String> words = List.of(command.strip().split("\\s+"));
      assertThat(classes).containsKey(words.get(0));
      Class<?> type = Class.forName(classes.get(words.get(0)));
      new CommandLine(type.getDeclaredConstructor().newInstance())
          .parseArgs(words.subList(1, words.size()).toArray(String[]::new));
    }
  }

  @Test
  void theCoordinatesOfTheCosmosConnectorStandInOnePlace() throws Exception {
    for (Path document : List.of(Path.of("README.md"), Path.of("docs/azure.md"))) {
      assertThat(used(Files.readString(document), "(azure-cosmos-spark_[\\w-]+:[\\d.]+\\d)"))
          .allSatisfy(
              coordinates ->
                  assertThat(connectors().values())
                      .anyMatch(known -> String.valueOf(known).endsWith(coordinates)));
    }
  }

  @Test
  void theTemplateRefersOnlyToWhatItHas() throws Exception {
    String text = Files.readString(CONF.resolve("infra/azure.json"));
    JsonNode template = JSON.readTree(text);
    List<JsonNode> resources = elements(template.get("resources"));

    assertThat(used(text, "parameters\\('(\\w+)'\\)")).isEqualTo(names(template, "parameters"));
    assertThat(used(text, "variables\\('(\\w+)'\\)")).isEqualTo(names(template, "variables"));
    Set<String> types = new HashSet<>();
    resources.forEach(resource -> types.add(resource.get("type").asText()));
    assertThat(used(text, "(?<!extension)(?<!subscription)[rR]esourceId\\('([^']+)'"))
        .allMatch(types::contains);
    for (JsonNode resource : resources) {
      assertThat(resource.get("apiVersion").asText()).matches("20\\d\\d-\\d\\d-\\d\\d(-preview)?");
      assertThat(resource.get("name").asText()).isNotBlank();
    }
  }

  @Test
  void theTemplateGivesNarrowRolesOnSingleThingsAndNoSecretAway() throws Exception {
    JsonNode template = JSON.readTree(Files.readString(CONF.resolve("infra/azure.json")));
    List<JsonNode> resources = elements(template.get("resources"));
    List<JsonNode> roles =
        resources.stream()
            .filter(resource -> resource.get("type").asText().endsWith("oleAssignments"))
            .toList();

    assertThat(roles).hasSizeGreaterThanOrEqualTo(8);
    for (JsonNode role : roles) {
      String definition = role.at("/properties/roleDefinitionId").asText();
      assertThat(used(definition, "variables\\('(\\w+)'\\)")).anyMatch(NARROW_ROLES::contains);
      boolean scoped = role.has("scope") || role.at("/properties/scope").isTextual();
      assertThat(scoped).as("of a thing, not of the group").isTrue();
    }

    assertThat(template.get("outputs").toString()).doesNotContain("listKeys");
    assertThat(resources)
        .filteredOn(resource -> resource.toString().contains("listKeys"))
        .allMatch(resource -> resource.get("type").asText().endsWith("vaults/secrets"));
    assertThat(resources)
        .filteredOn(resource -> resource.get("type").asText().endsWith("diagnosticSettings"))
        .hasSize(6);
    JsonNode hub =
        resources.stream()
            .filter(resource -> resource.get("type").asText().endsWith("namespaces/eventhubs"))
            .findFirst()
            .orElseThrow();
    assertThat(hub.at("/properties/captureDescription/enabled").asBoolean()).isTrue();
    assertThat(hub.at("/properties/captureDescription/encoding").asText()).isEqualTo("Avro");
  }

  /** As the application would take them, and with views that there are. */
  private static void assertThatParses(String className, List<String> arguments) throws Exception {
    Class<?> type = Class.forName(className);
    assertThat(Command.class).isAssignableFrom(type);
    CommandLine line = new CommandLine(type.getDeclaredConstructor().newInstance());
    line.parseArgs(arguments.toArray(String[]::new));
    int view = arguments.indexOf("--view");
    if (view >= 0) {
      assertThat(arguments.get(view + 1).split(",", -1)).allMatch(VIEWS::contains);
    }
  }

  private static List<SynapseSparkJobDefinitionActivity> jobs(List<Activity> activities) {
    List<SynapseSparkJobDefinitionActivity> jobs = new ArrayList<>();
    for (Activity activity : activities) {
      if (activity instanceof ForEachActivity loop) {
        assertThat(loop.items().value()).isEqualTo("@pipeline().parameters.views");
        jobs.addAll(jobs(loop.activities()));
      } else {
        assertThat(activity).isExactlyInstanceOf(SynapseSparkJobDefinitionActivity.class);
        jobs.add((SynapseSparkJobDefinitionActivity) activity);
      }
    }

    return jobs;
  }

  private static String className(String definition) throws IOException {
    return JSON.readTree(filled(CONF.resolve("synapse/" + definition + ".json")))
        .at("/properties/jobProperties/className")
        .asText();
  }

  private String filled(Object argument) {
    if (argument instanceof Map<?, ?> expression) {
      assertThat(expression.get("type")).isEqualTo("Expression");
      assertThat(EXPRESSIONS).containsKey(String.valueOf(expression.get("value")));
      return EXPRESSIONS.get(String.valueOf(expression.get("value")));
    }

    return String.valueOf(argument);
  }

  /** With the values that a deployment puts in. */
  private static String filled(Path file) throws IOException {
    return Files.readString(file)
        .replace("${START_TIME}", "2026-02-01T00:00:00Z")
        .replaceAll("\\$\\{[A-Z_]+}", "anything");
  }

  private static JsonReader reader(String file) throws IOException {
    return JsonProviders.createReader(filled(CONF.resolve(file)));
  }

  private static void collect(Object node, String key, List<Map<?, ?>> found) {
    if (node instanceof Map<?, ?> map) {
      if (map.get(key) instanceof Map<?, ?> one) {
        found.add(one);
      }

      map.values().forEach(value -> collect(value, key, found));
    } else if (node instanceof List<?> list) {
      list.forEach(value -> collect(value, key, found));
    }
  }

  private static Properties connectors() {
    Properties connectors = new Properties();
    try (var in = DeploymentTest.class.getResourceAsStream("/cosmos-connector.properties")) {
      connectors.load(in);
    } catch (IOException damaged) {
      throw new IllegalStateException(damaged);
    }

    return connectors;
  }

  private static Set<String> used(String text, String pattern) {
    Set<String> used = new TreeSet<>();
    Pattern.compile(pattern).matcher(text).results().map(DeploymentTest::group).forEach(used::add);
    return used;
  }

  private static String group(MatchResult match) {
    return match.group(1);
  }

  private static Set<String> names(JsonNode template, String group) {
    Set<String> names = new TreeSet<>();
    template.get(group).fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static List<String> texts(JsonNode array) {
    return elements(array).stream().map(JsonNode::asText).toList();
  }

  private static List<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }
}
