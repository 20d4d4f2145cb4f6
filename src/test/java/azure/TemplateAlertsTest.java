package azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The alerts of conf/infra/azure.json: who is notified, and whether the rules refer to metrics and
 * tables that Azure emits.
 *
 * <p>Source of the metrics and tables: Azure Monitor's supported metrics and log tables of
 * Microsoft.DataFactory/factories and Microsoft.EventHub/namespaces.
 */
class TemplateAlertsTest {
  private static final String ACTION_GROUP = "Microsoft.Insights/actionGroups";
  private static final String METRIC_ALERT = "Microsoft.Insights/metricAlerts";
  private static final String QUERY_ALERT = "Microsoft.Insights/scheduledQueryRules";

  /** The service that fills each table that an alert queries. */
  private static final Map<String, String> TABLES =
      Map.of(
          "ADFPipelineRun", "factory",
          "AZMSArchiveLogs", "eventHubs",
          "AZMSAutoscaleLogs", "eventHubs");

  private final JsonNode template = Definitions.template();
  private final List<JsonNode> resources = Definitions.elements(template.get("resources"));

  @Test
  void alertsExistOnlyWithAnAddressToSendThemTo() {
    assertThat(template.at("/parameters/alertEmails/defaultValue")).hasToString("[]");
    assertThat(template.at("/variables/alerting").asText())
        .isEqualTo("[not(empty(parameters('alertEmails')))]");
    assertThat(resources)
        .filteredOn(
            resource -> resource.path("condition").asText().equals("[variables('alerting')]"))
        .isEqualTo(
            resources.stream()
                .filter(
                    resource ->
                        Set.of(ACTION_GROUP, METRIC_ALERT, QUERY_ALERT)
                            .contains(resource.get("type").asText()))
                .toList());
  }

  @Test
  void theActionGroupSendsToEveryAddress() {
    assertThat(all(ACTION_GROUP)).hasSize(1);
    JsonNode receivers = all(ACTION_GROUP).get(0).at("/properties/copy/0");

    assertThat(receivers.get("name").asText()).isEqualTo("emailReceivers");
    assertThat(receivers.get("count").asText()).isEqualTo("[length(parameters('alertEmails'))]");
    assertThat(receivers.at("/input/emailAddress").asText())
        .isEqualTo("[parameters('alertEmails')[copyIndex('emailReceivers')]]");
  }

  @Test
  void everyAlertNotifiesTheActionGroup() {
    String group = "[resourceId('%s', variables('alerts'))]".formatted(ACTION_GROUP);
    assertThat(all(ACTION_GROUP).get(0).get("name").asText()).isEqualTo("[variables('alerts')]");
    assertThat(all(METRIC_ALERT))
        .allSatisfy(
            alert ->
                assertThat(alert.at("/properties/actions"))
                    .hasToString("[{\"actionGroupId\":\"%s\"}]".formatted(group)));
    assertThat(all(QUERY_ALERT))
        .allSatisfy(
            alert ->
                assertThat(Definitions.texts(alert.at("/properties/actions/actionGroups")))
                    .containsExactly(group));
    assertThat(alerts())
        .allSatisfy(
            alert ->
                assertThat(Definitions.texts(alert.get("dependsOn")))
                    .containsExactlyInAnyOrder(group, scope(alert)));
  }

  @Test
  void anAlertFiresOnceAndMissesNothingBetweenItsEvaluations() {
    for (JsonNode alert : alerts()) {
      assertThat(alert.at("/properties/enabled").asBoolean()).isTrue();
      assertThat(alert.at("/properties/autoMitigate").asBoolean()).isTrue();
      assertThat(duration(alert, "windowSize"))
          .as(alert.get("name").asText())
          .isGreaterThan(duration(alert, "evaluationFrequency"));
    }
  }

  @Test
  void metricAlertsWatchTheResourcesThatEmitTheMetrics() {
    assertThat(all(METRIC_ALERT))
        .extracting(TemplateAlertsTest::watched)
        .containsExactlyInAnyOrder(
            "factory Total PipelineFailedRuns GreaterThan",
            "eventHubs Total ThrottledRequests GreaterThan",
            "eventHubs Total ServerErrors GreaterThan");
  }

  @Test
  void queryAlertsReadTablesThatTheDiagnosticSettingsFill() {
    Set<String> read =
        all(QUERY_ALERT).stream()
            .map(TemplateAlertsTest::query)
            .map(query -> query.replaceFirst("^union isfuzzy=true .*\\[]\\), (\\w+).*$", "$1"))
            .collect(Collectors.toSet());

    assertThat(read).isEqualTo(TABLES.keySet());
    assertThat(all(QUERY_ALERT))
        .allSatisfy(alert -> assertThat(scope(alert)).contains("variables('logs')"));
    for (String service : TABLES.values()) {
      assertThat(all("Microsoft.Insights/diagnosticSettings"))
          .filteredOn(setting -> setting.get("scope").asText().contains("'" + service + "'"))
          .singleElement()
          .satisfies(
              setting ->
                  assertThat(setting.at("/properties/logAnalyticsDestinationType").asText())
                      .as("by default, logs go to the table AzureDiagnostics")
                      .isEqualTo("Dedicated"));
    }
  }

  @Test
  void aMissingSuccessIsReportedWhenTheNextNightlyRunIsOverdue() throws IOException {
    String query = query(alert("-no-success"));
    String nightly =
        Definitions.json("datafactory/trigger/nightly.json")
            .at("/properties/pipelines/0/pipelineReference/referenceName")
            .asText();
    Duration lookBack =
        Duration.ofHours(Long.parseLong(query.replaceFirst(".*ago\\((\\d+)h\\).*", "$1")));

    assertThat(query)
        .contains("PipelineName == \"%s\"".formatted(nightly), "Status == \"Succeeded\"")
        .endsWith("| summarize Succeeded = count() | where Succeeded == 0");
    assertThat(lookBack).isGreaterThan(Duration.ofDays(1));
    assertThat(lookBack)
        .as("a query reads only the window of its rule")
        .isLessThan(duration(alert("-no-success"), "windowSize"));
  }

  private List<JsonNode> all(String type) {
    return resources.stream()
        .filter(resource -> resource.get("type").asText().equals(type))
        .toList();
  }

  private List<JsonNode> alerts() {
    return Stream.of(METRIC_ALERT, QUERY_ALERT).flatMap(type -> all(type).stream()).toList();
  }

  private JsonNode alert(String suffix) {
    return alerts().stream()
        .filter(alert -> alert.get("name").asText().contains("'" + suffix + "'"))
        .findFirst()
        .orElseThrow();
  }

  /** The single resource that an alert watches. */
  private static String scope(JsonNode alert) {
    List<String> scopes = Definitions.texts(alert.at("/properties/scopes"));
    assertThat(scopes).hasSize(1);
    return scopes.get(0);
  }

  /** The condition of a metric alert as RESOURCE AGGREGATION METRIC OPERATOR. */
  private static String watched(JsonNode alert) {
    JsonNode condition = alert.at("/properties/criteria/allOf/0");
    String namespace = condition.get("metricNamespace").asText();
    assertThat(scope(alert)).startsWith("[resourceId('%s'".formatted(namespace));
    return "%s %s %s %s"
        .formatted(
            scope(alert).replaceFirst(".*variables\\('(\\w+)'.*", "$1"),
            condition.get("timeAggregation").asText(),
            condition.get("metricName").asText(),
            condition.get("operator").asText());
  }

  private static String query(JsonNode alert) {
    return alert.at("/properties/criteria/allOf/0/query").asText();
  }

  private static Duration duration(JsonNode alert, String property) {
    return Duration.parse(alert.at("/properties/" + property).asText());
  }
}
