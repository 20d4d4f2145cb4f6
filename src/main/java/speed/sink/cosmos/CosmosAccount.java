package speed.sink.cosmos;

import common.ErrorCode;
import common.Failure;
import common.settings.CosmosSettings;
import java.util.Map;
import java.util.TreeMap;

/**
 * The connector options for the configured account. The connector rejects unknown options, and the
 * supported options differ by version, so only configured options are passed.
 *
 * <p>Source: the connector's configuration reference.
 */
public final class CosmosAccount {
  public static final String CATALOG_CLASS = "com.azure.cosmos.spark.CosmosCatalog";

  private final CosmosSettings cosmos;

  /**
   * Validates the configured account.
   *
   * @throws Failure when a key is missing (the message names it), or when the connector is not on
   *     the class path
   */
  public CosmosAccount(CosmosSettings cosmos) {
    this.cosmos = cosmos;
    require("endpoint", cosmos.endpoint());
    switch (cosmos.auth()) {
      case ACCOUNT_KEY -> require("account-key", cosmos.accountKey().revealed());
      case SERVICE_PRINCIPAL -> {
        require("tenant-id", cosmos.tenantId());
        require("subscription-id", cosmos.subscriptionId());
        require("resource-group", cosmos.resourceGroup());
        require("client-id", cosmos.clientId());
        require("client-secret", cosmos.clientSecret().revealed());
      }
      case MANAGED_IDENTITY -> {
        require("tenant-id", cosmos.tenantId());
        require("subscription-id", cosmos.subscriptionId());
        require("resource-group", cosmos.resourceGroup());
      }
    }

    try {
      Class.forName(CATALOG_CLASS, false, Thread.currentThread().getContextClassLoader());
    } catch (ClassNotFoundException missing) {
      throw new Failure(
          ErrorCode.COSMOS_CONNECTOR_MISSING,
          "The Cosmos DB connector is not on the class path: add --packages %s to SPARK_SUBMIT_OPTIONS"
              .formatted(CosmosConnector.coordinates()),
          missing);
    }
  }

  public CosmosSettings settings() {
    return cosmos;
  }

  /** The endpoint, the credentials and {@code speed.cosmos.options}. */
  public Map<String, String> options() {
    Map<String, String> options = new TreeMap<>(cosmos.options());
    options.put("spark.cosmos.accountEndpoint", cosmos.endpoint());
    switch (cosmos.auth()) {
      case ACCOUNT_KEY -> options.put("spark.cosmos.accountKey", cosmos.accountKey().revealed());
      case SERVICE_PRINCIPAL -> {
        identity("ServicePrincipal", options);
        options.put("spark.cosmos.auth.aad.clientSecret", cosmos.clientSecret().revealed());
      }
      case MANAGED_IDENTITY -> identity("ManagedIdentity", options);
    }

    return options;
  }

  private void identity(String type, Map<String, String> options) {
    options.put("spark.cosmos.auth.type", type);
    options.put("spark.cosmos.account.tenantId", cosmos.tenantId());
    options.put("spark.cosmos.account.subscriptionId", cosmos.subscriptionId());
    options.put("spark.cosmos.account.resourceGroupName", cosmos.resourceGroup());
    if (!cosmos.clientId().isEmpty()) {
      options.put("spark.cosmos.auth.aad.clientId", cosmos.clientId());
    }
  }

  private static void require(String key, String value) {
    if (value.isBlank()) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID, "The Cosmos DB sink requires speed.cosmos." + key);
    }
  }
}
