package common.settings;

import common.ErrorCode;
import common.Failure;
import java.util.regex.Pattern;

/** The section {@code serving.synapse}: existing objects that the generated T-SQL refers to. */
public record SynapseSettings(
    String schema,
    String dataSource,
    String cosmosAccount,
    String cosmosDatabase,
    String cosmosCredential,
    String endpoint,
    String database) {
  private static final String ENDPOINT = "endpoint";
  private static final String HOST_NAME =
      "the host name of a serverless endpoint, such as WORKSPACE-ondemand.sql.azuresynapse.net";
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?");

  static SynapseSettings read(Section synapse) {
    String endpoint = synapse.optionalText(ENDPOINT);
    if (!endpoint.isEmpty() && !HOST.matcher(endpoint).matches()) {
      throw synapse.invalid(ENDPOINT, HOST_NAME);
    }

    return new SynapseSettings(
        synapse.text("schema"),
        synapse.text("data-source"),
        synapse.text("cosmos-account"),
        synapse.text("cosmos-database"),
        synapse.text("cosmos-credential"),
        endpoint,
        synapse.text("database"));
  }

  /**
   * Checks that there is an endpoint.
   *
   * @throws Failure otherwise
   */
  public void requireEndpoint() {
    if (endpoint.isEmpty()) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID, "Set serving.synapse.endpoint: expected " + HOST_NAME);
    }
  }
}
