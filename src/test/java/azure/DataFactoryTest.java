package azure;

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
import com.azure.resourcemanager.datafactory.models.IfConditionActivity;
import com.azure.resourcemanager.datafactory.models.RecurrenceFrequency;
import com.azure.resourcemanager.datafactory.models.ScheduleTrigger;
import com.azure.resourcemanager.datafactory.models.SynapseSparkJobDefinitionActivity;
import com.azure.resourcemanager.datafactory.models.TriggerPipelineReference;
import com.azure.resourcemanager.datafactory.models.TumblingWindowFrequency;
import com.azure.resourcemanager.datafactory.models.TumblingWindowTrigger;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** conf/datafactory, parsed with Azure's own model of pipelines, triggers and linked services. */
class DataFactoryTest {
  /** Values that Data Factory substitutes for the expressions that the activities use. */
  private static final Map<String, String> EXPRESSIONS =
      Map.of(
          "@item()",
          "device_metrics",
          "@formatDateTime(pipeline().parameters.windowStart, 'yyyy-MM-ddTHH:mm:ssZ')",
          "2026-01-31T10:00:00Z",
          "@formatDateTime(pipeline().parameters.windowEnd, 'yyyy-MM-ddTHH:mm:ssZ')",
          "2026-01-31T11:00:00Z");

  @Test
  void theStepsFollowEachOtherOneRunAtATime() throws Exception {
    PipelineResourceInner pipeline = pipeline("lambda");
    List<Activity> activities = pipeline.activities();

    assertThat(pipeline.concurrency()).isEqualTo(1);
    assertThat(activities)
        .extracting(Activity::name)
        .containsExactly("ingest", "batch views", "upkeep", "reconcile views", "status");
    assertInOrder(activities);
    IfConditionActivity upkeep = (IfConditionActivity) activities.get(2);
    assertThat(upkeep.expression().value()).isEqualTo("@pipeline().parameters.upkeep");
    assertThat(upkeep.ifTrueActivities())
        .extracting(Activity::name)
        .containsExactly("compact", "maintain");
    assertInOrder(upkeep.ifTrueActivities());
    assertThat(upkeep.ifFalseActivities()).isNullOrEmpty();
    assertThat((List<?>) pipeline.parameters().get("views").defaultValue())
        .isNotEmpty()
        .allMatch(Definitions.VIEWS::contains);
  }

  @Test
  void everyStepTakesItsOptionsAndAFindingIsNotRetried() throws Exception {
    for (String name : List.of("lambda", "live")) {
      List<SynapseSparkJobDefinitionActivity> jobs = jobs(pipeline(name).activities());
      assertThat(jobs).isNotEmpty();
      for (SynapseSparkJobDefinitionActivity job : jobs) {
        String definition = String.valueOf(job.sparkJob().referenceName());
        String className =
            Definitions.json("synapse/" + definition + ".json")
                .at("/properties/jobProperties/className")
                .asText();
        Definitions.assertTaken(
            className, job.arguments().stream().map(DataFactoryTest::evaluated).toList());
        assertThat(job.linkedServiceName().referenceName()).isEqualTo("synapse");
        assertThat(String.valueOf(job.policy().retry()))
            .isEqualTo(
                switch (definition) {
                  case "reconcile", "status" -> "0";
                  case "speed" -> "10";
                  default -> "2";
                });
      }
    }
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
    assertThat(trigger.retryPolicy()).as("the steps retry, not the window").isNull();
    assertStarts(
        trigger.pipeline(),
        "@trigger().outputs.windowStartTime",
        "@trigger().outputs.windowEndTime",
        false);
  }

  @Test
  void theNightlyTriggerPassesTheWholeDayBeforeSoThatDailyWindowsAreCompared() throws Exception {
    TriggerResourceInner resource =
        TriggerResourceInner.fromJson(reader("datafactory/trigger/nightly.json"));
    resource.validate();

    assertThat(resource.properties()).isExactlyInstanceOf(ScheduleTrigger.class);
    ScheduleTrigger trigger = (ScheduleTrigger) resource.properties();
    assertThat(trigger.recurrence().frequency()).isEqualTo(RecurrenceFrequency.DAY);
    assertThat(trigger.recurrence().interval()).isEqualTo(1);
    assertThat(trigger.recurrence().timeZone()).isEqualTo("UTC");
    assertThat(trigger.pipelines()).hasSize(1);
    assertStarts(
        trigger.pipelines().get(0),
        "@startOfDay(addDays(trigger().scheduledTime, -1))",
        "@startOfDay(trigger().scheduledTime)",
        true);
  }

  @Test
  void linkedServicesNameTheWorkspaceAndTheVaultAndHoldNoSecret() throws Exception {
    LinkedServiceResourceInner workspace = linkedService("datafactory/linkedService/synapse.json");
    assertThat(workspace.properties())
        .isExactlyInstanceOf(AzureSynapseArtifactsLinkedService.class);
    AzureSynapseArtifactsLinkedService synapse =
        (AzureSynapseArtifactsLinkedService) workspace.properties();
    assertThat(synapse.authentication()).isEqualTo("MSI");
    assertThat(synapse.endpoint()).isEqualTo("https://anything.dev.azuresynapse.net");

    LinkedServiceResourceInner vault = linkedService("synapse/linkedService/key-vault.json");
    assertThat(vault.properties()).isExactlyInstanceOf(AzureKeyVaultLinkedService.class);
    String name = Definitions.json("synapse/linkedService/key-vault.json").get("name").asText();
    assertThat(Files.readString(Definitions.CONF.resolve("synapse.conf")))
        .contains("{{synapse/%s/".formatted(name));
    for (LinkedServiceResourceInner service : List.of(workspace, vault)) {
      assertThat(service.toJsonString())
          .doesNotContainIgnoringCase("secret\"", "password", "Key\"");
    }
  }

  private static void assertStarts(
      TriggerPipelineReference started, String start, String end, boolean upkeep) throws Exception {
    assertThat(started.pipelineReference().referenceName()).isEqualTo("lambda");
    assertThat(started.parameters())
        .isEqualTo(Map.of("windowStart", start, "windowEnd", end, "upkeep", upkeep));
    assertThat(pipeline("lambda").parameters().keySet()).containsAll(started.parameters().keySet());
  }

  private static void assertInOrder(List<Activity> activities) {
    assertThat(activities.get(0).dependsOn()).isEmpty();
    for (int i = 1; i < activities.size(); i++) {
      assertThat(activities.get(i).dependsOn()).hasSize(1);
      assertThat(activities.get(i).dependsOn().get(0).activity())
          .isEqualTo(activities.get(i - 1).name());
      assertThat(activities.get(i).dependsOn().get(0).dependencyConditions())
          .containsExactly(DependencyCondition.SUCCEEDED);
    }
  }

  private static List<SynapseSparkJobDefinitionActivity> jobs(List<Activity> activities) {
    List<SynapseSparkJobDefinitionActivity> jobs = new ArrayList<>();
    for (Activity activity : activities) {
      if (activity instanceof ForEachActivity loop) {
        assertThat(loop.items().value()).isEqualTo("@pipeline().parameters.views");
        jobs.addAll(jobs(loop.activities()));
      } else if (activity instanceof IfConditionActivity condition) {
        jobs.addAll(jobs(condition.ifTrueActivities()));
      } else {
        assertThat(activity).isExactlyInstanceOf(SynapseSparkJobDefinitionActivity.class);
        jobs.add((SynapseSparkJobDefinitionActivity) activity);
      }
    }

    return jobs;
  }

  private static String evaluated(Object argument) {
    if (argument instanceof Map<?, ?> expression) {
      assertThat(expression.get("type")).isEqualTo("Expression");
      assertThat(EXPRESSIONS).containsKey(String.valueOf(expression.get("value")));
      return EXPRESSIONS.get(String.valueOf(expression.get("value")));
    }

    return String.valueOf(argument);
  }

  private static PipelineResourceInner pipeline(String name) throws IOException {
    PipelineResourceInner pipeline =
        PipelineResourceInner.fromJson(reader("datafactory/pipeline/" + name + ".json"));
    pipeline.validate();
    return pipeline;
  }

  private static LinkedServiceResourceInner linkedService(String file) throws IOException {
    LinkedServiceResourceInner service = LinkedServiceResourceInner.fromJson(reader(file));
    service.validate();
    return service;
  }

  private static JsonReader reader(String file) throws IOException {
    return JsonProviders.createReader(Definitions.filled(file));
  }
}
