package azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Checks conf/infra/azure.json as far as possible without Azure. */
class TemplateTest {
  /** Identifiers of Azure's built-in roles that permit one task on one kind of resource. */
  private static final Map<String, String> ROLES =
      Map.of(
          "blobDataContributor", "ba92f5b4-2d11-453d-a403-e96b0029c9fe",
          "blobDataReader", "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
          "secretsUser", "4633458b-17de-408a-b874-0445c86b69e6",
          "eventHubsDataReceiver", "a638d3c7-ab3a-418d-83e6-5f17a39d4fde",
          "eventHubsDataSender", "2b629674-e913-4c01-ae53-ef4638d8f975",
          "registryPull", "7f951dda-4ed3-4680-a7ca-43fe172d538d",
          "cosmosDataContributor", "00000000-0000-0000-0000-000000000002");

  private final JsonNode template = Definitions.template();
  private final List<JsonNode> resources = Definitions.elements(template.get("resources"));

  @Test
  void itUsesWhatItDeclaresAndRefersToWhatItCreates() {
    String text = template.toString();
    assertThat(Definitions.used(text, "parameters\\('(\\w+)'\\)"))
        .isEqualTo(names(template.get("parameters")));
    assertThat(Definitions.used(text, "variables\\('(\\w+)'\\)"))
        .isEqualTo(names(template.get("variables")));
    Set<String> created = resources.stream().flatMap(TemplateTest::ids).collect(Collectors.toSet());
    assertThat(
            Definitions.used(
                text,
                "(?<!extension)(?<!subscription)[rR]esourceId\\(('[^()]+(?:\\([^()]+\\)[^()]*)*)\\)"))
        .isNotEmpty()
        .allSatisfy(id -> assertThat(created).contains(id));
    for (JsonNode resource : resources) {
      assertThat(resource.get("apiVersion").asText()).matches("20\\d\\d-\\d\\d-\\d\\d(-preview)?");
    }
  }

  @Test
  void captureAndWorkspaceUseContainersThatItCreates() {
    String text = template.toString();
    Set<String> created =
        Definitions.used(text, "\"\\[concat\\(variables\\('storage'\\), '/default/(\\w+)'\\)]\"");

    assertThat(Definitions.used(text, "\"blobContainer\":\"(\\w+)\""))
        .containsExactly("capture")
        .allMatch(created::contains);
    assertThat(Definitions.used(text, "\"filesystem\":\"(\\w+)\""))
        .containsExactly("lake")
        .allMatch(created::contains);
  }

  @Test
  void everyoneGetsNarrowRolesOnSingleThings() {
    ROLES.forEach(
        (name, id) -> assertThat(template.at("/variables/" + name).asText()).isEqualTo(id));
    Set<String> given =
        resources.stream()
            .filter(resource -> resource.get("type").asText().endsWith("/roleAssignments"))
            .map(TemplateTest::assignment)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(given)
        .containsExactlyInAnyOrder(
            "eventHubs blobDataContributor capture",
            "synapse blobDataContributor lake",
            "synapse blobDataReader app",
            "synapse blobDataReader capture",
            "synapse secretsUser event-hubs",
            "synapse eventHubsDataReceiver events",
            "factory blobDataContributor lake",
            "factory blobDataReader app",
            "factory blobDataReader capture",
            "factory secretsUser event-hubs",
            "operatorObjectId blobDataContributor lake",
            "operatorObjectId blobDataContributor app",
            "operatorObjectId blobDataReader capture",
            "operatorObjectId secretsUser event-hubs",
            "operatorObjectId secretsUser serve-token",
            "operatorObjectId eventHubsDataSender events",
            "serveIdentity blobDataReader lake",
            "serveIdentity registryPull registry",
            "serveIdentity secretsUser serve-token");
  }

  @Test
  void keysGoToTheVaultAlone() {
    assertThat(template.get("outputs").toString()).doesNotContain("listKeys");
    assertThat(resources)
        .filteredOn(resource -> resource.toString().contains("listKeys"))
        .singleElement()
        .satisfies(
            secret ->
                assertThat(secret.get("type").asText())
                    .isEqualTo("Microsoft.KeyVault/vaults/secrets"));
    assertThat(
            only("Microsoft.EventHub/namespaces/eventhubs/authorizationRules")
                .at("/properties/rights"))
        .hasToString("[\"Listen\"]");
    assertThat(only("Microsoft.Storage/storageAccounts").at("/properties/allowSharedKeyAccess"))
        .hasToString("false");
  }

  @Test
  void theHubIsCapturedAndEveryServiceTellsTheLogWorkspace() {
    JsonNode capture =
        only("Microsoft.EventHub/namespaces/eventhubs").at("/properties/captureDescription");
    assertThat(capture.get("enabled").asBoolean()).isTrue();
    assertThat(capture.get("encoding").asText()).isEqualTo("Avro");
    assertThat(resources)
        .filteredOn(resource -> resource.get("type").asText().endsWith("/diagnosticSettings"))
        .extracting(
            resource ->
                resource.get("scope").asText().replaceFirst(".*variables\\('(\\w+)'.*", "$1"))
        .containsExactlyInAnyOrder(
            "eventHubs", "storage", "cosmos", "vault", "synapse", "factory", "environment");
  }

  @Test
  void whatCostsMoreOrIsForSomeIsCreatedOnRequestOnly() {
    Map<String, Set<String>> types = new TreeMap<>();
    for (JsonNode resource : resources) {
      if (resource.has("condition")) {
        types
            .computeIfAbsent(resource.get("condition").asText(), condition -> new TreeSet<>())
            .add(resource.get("type").asText().replaceFirst("^Microsoft\\.", ""));
      }
    }

    assertThat(types)
        .containsOnlyKeys(
            "[parameters('privateNetwork')]",
            "[not(parameters('privateNetwork'))]",
            "[parameters('serve')]",
            "[and(parameters('serve'), not(empty(parameters('serveToken'))))]",
            "[variables('serving')]",
            "[variables('alerting')]",
            "[variables('budgeted')]");
    assertThat(types.get("[not(parameters('privateNetwork'))]"))
        .containsExactly("Synapse/workspaces/firewallRules");
    assertThat(types.get("[variables('budgeted')]")).containsExactly("Consumption/budgets");
    for (String name : List.of("privateNetwork", "synapseLink", "serve")) {
      assertThat(template.at("/parameters/%s/defaultValue".formatted(name)))
          .as(name)
          .hasToString("false");
    }
  }

  @Test
  void filesOfCaptureMoveToTheCoolTierAndAreDeletedLongAfterTheHubsRetention() {
    JsonNode rules =
        only("Microsoft.Storage/storageAccounts/managementPolicies").at("/properties/policy/rules");
    assertThat(rules).hasSize(1);
    JsonNode definition = rules.get(0).get("definition");
    assertThat(rules.get(0).get("enabled").asBoolean()).isTrue();
    assertThat(Definitions.texts(definition.at("/filters/prefixMatch")))
        .as("nothing in the lake is ever deleted")
        .containsExactly("capture/");
    JsonNode actions = definition.at("/actions/baseBlob");
    int coolAfter = actions.at("/tierToCool/daysAfterModificationGreaterThan").asInt();
    JsonNode retention = template.at("/parameters/captureRetentionDays");
    assertThat(actions.at("/delete/daysAfterModificationGreaterThan").asText())
        .isEqualTo("[parameters('captureRetentionDays')]");
    assertThat(retention.get("minValue").asInt()).isGreaterThan(coolAfter);
    int hours =
        only("Microsoft.EventHub/namespaces/eventhubs")
            .at("/properties/retentionDescription/retentionTimeInHours")
            .asInt();
    assertThat(coolAfter * 24).isGreaterThan(hours);
  }

  @Test
  void theBudgetNotifiesTheAddressesOfTheAlerts() {
    JsonNode budget = only("Microsoft.Consumption/budgets").get("properties");

    assertThat(template.at("/variables/budgeted").asText())
        .isEqualTo("[and(variables('alerting'), greater(parameters('monthlyBudget'), 0))]");
    assertThat(template.at("/parameters/monthlyBudget/defaultValue").asInt()).isZero();
    assertThat(budget.get("amount").asText()).isEqualTo("[parameters('monthlyBudget')]");
    assertThat(budget.get("timeGrain").asText()).isEqualTo("Monthly");
    assertThat(budget.at("/timePeriod/startDate").asText())
        .isEqualTo("[parameters('budgetStart')]");
    assertThat(template.at("/parameters/budgetStart/defaultValue").asText())
        .as("the first day of a month")
        .isEqualTo("[utcNow('yyyy-MM-01')]");
    assertThat(budget.get("notifications"))
        .hasSize(2)
        .allSatisfy(
            notification -> {
              assertThat(notification.get("enabled").asBoolean()).isTrue();
              assertThat(notification.get("contactEmails").asText())
                  .isEqualTo("[parameters('alertEmails')]");
              assertThat(notification.get("thresholdType").asText()).isIn("Actual", "Forecasted");
            });
  }

  @Test
  void synapseLinkNeedsAnalyticalStorageWhichIsNeverSwitchedOff() {
    JsonNode account = only("Microsoft.DocumentDB/databaseAccounts").get("properties");

    assertThat(account.get("enableAnalyticalStorage").asText())
        .as("null leaves it unchanged: Azure refuses to switch it off")
        .isEqualTo("[if(parameters('synapseLink'), true(), null())]");
    assertThat(account.get("analyticalStorageConfiguration").asText())
        .isEqualTo(
            "[if(parameters('synapseLink'), createObject('schemaType', 'WellDefined'), null())]");
  }

  private JsonNode only(String type) {
    return Definitions.only(template, type);
  }

  /** A resource and its subnets, in the form of {@link #id}. */
  private static Stream<String> ids(JsonNode resource) {
    return Stream.concat(
        Stream.of(id(resource)),
        Definitions.elements(resource.at("/properties/subnets")).stream()
            .map(
                subnet ->
                    "'%s/subnets', %s, '%s'"
                        .formatted(
                            resource.get("type").asText(),
                            resource.get("name").asText().replaceAll("^\\[|]$", ""),
                            subnet.get("name").asText())));
  }

  /** The arguments with which resourceId() refers to a resource. */
  private static String id(JsonNode resource) {
    String name =
        resource
            .get("name")
            .asText()
            .replaceFirst("^\\[concat\\((.*)\\)]$", "$1")
            .replaceFirst("^\\[(.*)]$", "$1");
    String parts =
        name.replaceAll(", '/([^']*)'", "/$1")
            .replaceFirst("/(.*)$", ", '$1'")
            .replace("/", "', '");
    return "'%s', %s".formatted(resource.get("type").asText(), parts);
  }

  /** A role assignment as PRINCIPAL ROLE SCOPE. */
  private static String assignment(JsonNode resource) {
    String principal = resource.at("/properties/principalId").asText();
    String who = principal.replaceFirst(".*(?:variables|parameters)\\('(\\w+)'\\).*", "$1");
    String role =
        resource
            .at("/properties/roleDefinitionId")
            .asText()
            .replaceFirst(".*variables\\('(\\w+)'\\).*", "$1");
    String scope = resource.path("scope").asText();
    assertThat(scope).as("scope is a single resource").startsWith("[resourceId('Microsoft.");
    return "%s %s %s".formatted(who, role, scope.replaceFirst(".*'([^']+)'\\)+]$", "$1"));
  }

  private static Set<String> names(JsonNode group) {
    Set<String> names = new TreeSet<>();
    group.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
