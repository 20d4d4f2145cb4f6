package azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The container app of conf/infra/azure.json, which runs the images of the Dockerfile. */
class TemplateServeTest {
  /** vCPUs above which a Container Apps replica gets 8 GiB of temporary storage. */
  private static final double CPUS_FOR_STORAGE = 1;

  private JsonNode template;
  private JsonNode app;
  private Map<String, JsonNode> containers;

  @BeforeEach
  void read() {
    template = Definitions.template();
    app = only("Microsoft.App/containerApps");
    containers =
        Definitions.elements(app.at("/properties/template/containers")).stream()
            .collect(Collectors.toMap(container -> container.get("name").asText(), of -> of));
  }

  @Test
  void itRunsTheImagesThatTheDeploymentBuilds() throws IOException {
    String steps = Files.readString(Path.of("scripts/deploy-steps.sh"));
    assertThat(containers).containsOnlyKeys("serve", "mirror");
    containers.forEach(
        (name, container) -> {
          String image = container.get("image").asText();
          assertThat(image)
              .matches(
                  "\\[concat\\(variables\\('registry'\\), '\\.azurecr\\.io/[a-z-]+:', parameters\\('serveTag'\\)\\)]");
          assertThat(steps)
              .contains(
                  "build_image %s %s%n"
                      .formatted(image.replaceFirst(".*/([a-z-]+):.*", "$1"), name));
        });
    assertThat(template.at("/variables/serving").asText())
        .isEqualTo("[and(parameters('serve'), not(empty(parameters('serveTag'))))]");
    assertThat(app.get("condition").asText()).isEqualTo("[variables('serving')]");
  }

  @Test
  void bothContainersShareTheFolderThatTheImageServes() throws IOException {
    String dockerfile = Files.readString(Path.of("Dockerfile"));
    JsonNode volumes = app.at("/properties/template/volumes");
    assertThat(volumes).hasSize(1);
    assertThat(volumes.get(0).get("storageType").asText()).isEqualTo("EmptyDir");
    for (JsonNode container : containers.values()) {
      assertThat(container.get("volumeMounts")).hasSize(1);
      assertThat(container.at("/volumeMounts/0/volumeName").asText())
          .isEqualTo(volumes.get(0).get("name").asText());
      assertThat(dockerfile)
          .contains("ENV LAKE_ROOT=" + container.at("/volumeMounts/0/mountPath").asText() + "\n");
    }

    List<String> arguments = Definitions.texts(containers.get("mirror").get("args"));
    assertThat(arguments.get(0))
        .as("the lake of the jobs")
        .isEqualTo(
            "[concat('https://', variables('storage'), '.blob.core.windows.net/lake/lambda')]");
    assertThat(Files.readString(Path.of("scripts/deploy-steps.sh")))
        .contains("abfss://lake@$STORAGE_ACCOUNT.dfs.core.windows.net/lambda EVENT_HUB");
    assertThat(arguments.subList(1, 4)).containsExactly("/lake", "--every", "60");
  }

  @Test
  void theReplicaHasTheMemoryAndTheStorageThatItsCpusAllow() {
    double cpus = 0;
    double gib = 0;
    for (JsonNode container : containers.values()) {
      cpus += Double.parseDouble(container.at("/resources/cpu").asText().replaceAll("[^\\d.]", ""));
      gib += Double.parseDouble(container.at("/resources/memory").asText().replace("Gi", ""));
    }

    assertThat(gib).as("Container Apps requires 2 GiB per vCPU").isEqualTo(2 * cpus);
    assertThat(cpus).isGreaterThan(CPUS_FOR_STORAGE).isLessThanOrEqualTo(4);
    assertThat(app.at("/properties/template/scale").toString())
        .isEqualTo("{\"minReplicas\":1,\"maxReplicas\":1}");
  }

  @Test
  void probesAskTheRoutesThatNeedNoToken() throws IOException {
    JsonNode ingress = app.at("/properties/configuration/ingress");
    assertThat(ingress.get("allowInsecure").asBoolean()).isFalse();
    assertThat(containers.get("serve").get("probes"))
        .hasSize(3)
        .allSatisfy(
            probe -> {
              assertThat(probe.at("/httpGet/path").asText()).isIn("/healthz", "/readyz");
              assertThat(probe.at("/httpGet/port")).isEqualTo(ingress.get("targetPort"));
              assertThat(probe.path("failureThreshold").asInt())
                  .as("maximum of Container Apps")
                  .isLessThanOrEqualTo(10);
            });
    assertThat(Files.readString(Path.of("Dockerfile")))
        .contains("EXPOSE " + ingress.get("targetPort").asText() + "\n");
  }

  @Test
  void theTokenComesFromTheVaultAndIsNeitherAnArgumentNorAValue() {
    JsonNode secrets = app.at("/properties/configuration/secrets");
    assertThat(secrets).hasSize(1);
    assertThat(secrets.get(0).get("keyVaultUrl").asText())
        .isEqualTo(
            "[concat('https://', variables('vault'), '.vault.azure.net/secrets/serve-token')]");
    assertThat(secrets.get(0).has("value")).isFalse();
    assertThat(containers.get("serve").get("env").toString())
        .isEqualTo("[{\"name\":\"SERVE_TOKEN\",\"secretRef\":\"serve-token\"}]");
    assertThat(template.at("/parameters/serveToken/type").asText()).isEqualTo("securestring");
    assertThat(Definitions.elements(template.get("resources")))
        .filteredOn(resource -> resource.toString().contains("parameters('serveToken')"))
        .extracting(resource -> resource.get("type").asText())
        .containsExactly("Microsoft.KeyVault/vaults/secrets");
  }

  @Test
  void oneIdentityPullsTheImageReadsTheLakeAndTheToken() {
    String identity =
        "[resourceId('Microsoft.ManagedIdentity/userAssignedIdentities', variables('serveIdentity'))]";
    assertThat(app.at("/identity/type").asText()).isEqualTo("UserAssigned");
    assertThat(app.at("/identity/userAssignedIdentities").fieldNames())
        .toIterable()
        .containsExactly(identity);
    assertThat(app.at("/properties/configuration/registries/0/identity").asText())
        .isEqualTo(identity);
    assertThat(app.at("/properties/configuration/secrets/0/identity").asText()).isEqualTo(identity);
    assertThat(containers.get("mirror").get("env").toString())
        .contains("\"AZCOPY_AUTO_LOGIN_TYPE\",\"value\":\"MSI\"", ".clientId]");
    assertThat(only("Microsoft.ContainerRegistry/registries").at("/properties/adminUserEnabled"))
        .hasToString("false");
    assertThat(Definitions.texts(app.get("dependsOn")))
        .as("the app starts after it has been given its roles")
        .filteredOn(id -> id.startsWith("[extensionResourceId("))
        .hasSize(3);
  }

  @Test
  void inAPrivateNetworkTheEnvironmentJoinsItsSubnet() {
    JsonNode environment = only("Microsoft.App/managedEnvironments");
    JsonNode apps = only("Microsoft.Network/virtualNetworks").at("/properties/subnets/2");

    assertThat(environment.at("/properties/vnetConfiguration").asText())
        .startsWith("[if(parameters('privateNetwork'), createObject('infrastructureSubnetId', ")
        .contains("'%s')".formatted(apps.get("name").asText()));
    assertThat(apps.at("/properties/delegations/0/properties/serviceName").asText())
        .isEqualTo("Microsoft.App/environments");
    assertThat(environment.at("/properties/appLogsConfiguration/destination").asText())
        .as("logs reach the workspace without its key")
        .isEqualTo("azure-monitor");
  }

  private JsonNode only(String type) {
    return Definitions.only(template, type);
  }
}
