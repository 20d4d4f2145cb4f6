package azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The private network of conf/infra/azure.json.
 *
 * <p>Source of the groups and zones: Azure Private Link, "Private DNS zone values".
 */
class TemplateNetworkTest {
  private static final String PRIVATE = "[parameters('privateNetwork')]";
  private static final String PUBLIC_ACCESS = "[variables('publicAccess')]";

  /** For each type, the zone of each of its private endpoints' groups. */
  private static final Map<String, Map<String, String>> ZONES =
      Map.of(
          "Microsoft.Storage/storageAccounts",
          Map.of(
              "dfs", "privatelink.dfs.core.windows.net",
              "blob", "privatelink.blob.core.windows.net"),
          "Microsoft.EventHub/namespaces",
          Map.of("namespace", "privatelink.servicebus.windows.net"),
          "Microsoft.DocumentDB/databaseAccounts",
          Map.of("Sql", "privatelink.documents.azure.com"),
          "Microsoft.KeyVault/vaults",
          Map.of("vault", "privatelink.vaultcore.azure.net"),
          "Microsoft.Synapse/workspaces",
          Map.of(
              "Dev", "privatelink.dev.azuresynapse.net",
              "Sql", "privatelink.sql.azuresynapse.net",
              "SqlOnDemand", "privatelink.sql.azuresynapse.net"),
          "Microsoft.App/managedEnvironments",
          Map.of(
              "managedEnvironments",
              "[concat('privatelink.', toLower(replace(parameters('location'), ' ', '')), '.azurecontainerapps.io')]"));

  private final JsonNode template = Definitions.template();
  private final List<JsonNode> resources = Definitions.elements(template.get("resources"));

  @Test
  void everyServiceWithDataIsClosedToPublicNetworks() {
    assertThat(template.at("/variables/publicAccess").asText())
        .isEqualTo("[if(parameters('privateNetwork'), 'Disabled', 'Enabled')]");
    assertThat(template.at("/variables/firewall").asText())
        .isEqualTo("[if(parameters('privateNetwork'), 'Deny', 'Allow')]");
    for (String type : ZONES.keySet()) {
      assertThat(only(type).at("/properties/publicNetworkAccess").asText())
          .as(type)
          .isEqualTo(PUBLIC_ACCESS);
    }

    for (String type : List.of("Microsoft.Storage/storageAccounts", "Microsoft.KeyVault/vaults")) {
      assertThat(only(type).at("/properties/networkAcls/defaultAction").asText())
          .isEqualTo("[variables('firewall')]");
    }

    assertThat(
            only("Microsoft.DataFactory/factories").at("/properties/publicNetworkAccess").asText())
        .isEqualTo(PUBLIC_ACCESS);
    JsonNode rule = only("Microsoft.Synapse/workspaces/firewallRules");
    assertThat(rule.at("/properties/startIpAddress").asText()).isEqualTo("0.0.0.0");
    assertThat(rule.get("condition").asText()).isEqualTo("[not(parameters('privateNetwork'))]");
  }

  @Test
  void captureAndTheServerlessPoolReachTheStorageAccountAsTrustedServices() {
    JsonNode rules = only("Microsoft.Storage/storageAccounts").at("/properties/networkAcls");

    assertThat(rules.get("bypass").asText()).isEqualTo("AzureServices");
    assertThat(rules.get("resourceAccessRules").asText())
        .isEqualTo(
            "[if(parameters('privateNetwork'), variables('workspaceAccess'), createArray())]");
    assertThat(template.at("/variables/workspaceAccess"))
        .hasSize(1)
        .allSatisfy(
            access ->
                assertThat(access.get("resourceId").asText())
                    .isEqualTo(
                        "[resourceId('Microsoft.Synapse/workspaces', variables('synapse'))]"));
  }

  @Test
  void everyClosedServiceHasPrivateEndpointsWithTheirZones() {
    assertThat(endpoints().map(endpoint -> endpoint.get("name").asText())).doesNotHaveDuplicates();
    Map<String, Map<String, String>> found =
        endpoints()
            .collect(
                Collectors.groupingBy(
                    endpoint ->
                        endpoint
                            .get("target")
                            .asText()
                            .replaceFirst("^\\[resourceId\\('([^']+)'.*", "$1"),
                    Collectors.toMap(
                        endpoint -> endpoint.get("group").asText(),
                        endpoint -> endpoint.get("zone").asText())));
    assertThat(found).isEqualTo(ZONES);
    for (String type : found.keySet()) {
      assertThat(endpoints().map(endpoint -> endpoint.get("target").asText()))
          .contains(
              "[resourceId('%s', %s)]".formatted(type, inner(only(type).get("name").asText())));
    }

    Set<String> zones =
        Stream.of("dataZones", "serveZones")
            .flatMap(list -> Definitions.texts(template.at("/variables/" + list)).stream())
            .collect(Collectors.toSet());
    assertThat(zones)
        .isEqualTo(
            endpoints().map(endpoint -> endpoint.get("zone").asText()).collect(Collectors.toSet()));
  }

  @Test
  void endpointsAndZonesAreCreatedInTheNetworkForEveryEntryOfTheTables() {
    assertThat(template.at("/variables/endpoints").asText())
        .isEqualTo(
            "[concat(variables('dataEndpoints'), if(parameters('serve'), variables('serveEndpoints'), createArray()))]");
    assertThat(template.at("/variables/zones").asText())
        .isEqualTo(
            "[concat(variables('dataZones'), if(parameters('serve'), variables('serveZones'), createArray()))]");
    for (Map.Entry<String, String> loop :
        Map.of(
                "Microsoft.Network/privateDnsZones", "zones",
                "Microsoft.Network/privateDnsZones/virtualNetworkLinks", "zones",
                "Microsoft.Network/privateEndpoints", "endpoints",
                "Microsoft.Network/privateEndpoints/privateDnsZoneGroups", "endpoints")
            .entrySet()) {
      JsonNode resource = only(loop.getKey());
      assertThat(resource.get("condition").asText()).isEqualTo(PRIVATE);
      assertThat(resource.at("/copy/count").asText())
          .isEqualTo("[length(variables('%s'))]".formatted(loop.getValue()));
      assertThat(resource.get("name").asText())
          .contains("variables('%s')[copyIndex()]".formatted(loop.getValue()));
    }

    JsonNode endpoint = only("Microsoft.Network/privateEndpoints");
    assertThat(endpoint.at("/properties/subnet/id").asText()).endsWith("'endpoints')]");
    assertThat(Definitions.texts(endpoint.get("dependsOn")))
        .containsAll(
            endpoints().map(point -> point.get("target").asText()).collect(Collectors.toSet()));
    assertThat(
            Definitions.texts(
                only("Microsoft.Network/privateEndpoints/privateDnsZoneGroups").get("dependsOn")))
        .containsExactlyInAnyOrder(
            endpoint.at("/copy/name").asText(),
            only("Microsoft.Network/privateDnsZones/virtualNetworkLinks")
                .at("/copy/name")
                .asText());
  }

  @Test
  void synapseAndDataFactoryRunInManagedNetworks() {
    assertThat(
            only("Microsoft.Synapse/workspaces").at("/properties/managedVirtualNetwork").asText())
        .isEqualTo("[if(parameters('privateNetwork'), 'default', '')]");
    JsonNode runtime = only("Microsoft.DataFactory/factories/integrationRuntimes");
    assertThat(runtime.get("condition").asText()).isEqualTo(PRIVATE);
    assertThat(runtime.get("name").asText())
        .as("the runtime of linked services that name none")
        .endsWith("'/AutoResolveIntegrationRuntime')]");
    assertThat(runtime.at("/properties/managedVirtualNetwork/referenceName").asText())
        .isEqualTo("default");
    JsonNode managed =
        only("Microsoft.DataFactory/factories/managedVirtualNetworks/managedPrivateEndpoints");
    assertThat(managed.at("/properties/groupId").asText()).isEqualTo("Dev");
    assertThat(managed.at("/properties/privateLinkResourceId").asText())
        .contains("Microsoft.Synapse/workspaces");
  }

  @Test
  void jobsReachWhatTheyNeedThroughEndpointsThatTheDeploymentCreates() {
    assertThat(Definitions.elements(template.at("/outputs/managedEndpoints/value")))
        .extracting(
            endpoint ->
                "%s %s"
                    .formatted(
                        endpoint
                            .get("target")
                            .asText()
                            .replaceFirst("^\\[resourceId\\('Microsoft\\.([^/]+)/.*", "$1"),
                        endpoint.get("group").asText()))
        .containsExactlyInAnyOrder(
            "Storage dfs", "EventHub namespace", "DocumentDB Sql", "KeyVault vault");
  }

  @Test
  void withoutPublicNetworksCosmosDbAcceptsNoKeys() {
    assertThat(
            only("Microsoft.DocumentDB/databaseAccounts")
                .at("/properties/disableLocalAuth")
                .asText())
        .isEqualTo(PRIVATE);
  }

  private Stream<JsonNode> endpoints() {
    return Stream.of("dataEndpoints", "serveEndpoints")
        .flatMap(list -> Definitions.elements(template.at("/variables/" + list)).stream());
  }

  private static String inner(String expression) {
    return expression.replaceAll("^\\[|]$", "");
  }

  private JsonNode only(String type) {
    return Definitions.only(template, type);
  }
}
