package common.settings;

import common.secrets.Secret;
import java.time.Duration;
import java.util.Map;

/**
 * The section {@code speed.cosmos}: where and how the Cosmos DB sink writes; a container is named
 * as its view.
 *
 * @param clientId of the service principal, or of a managed identity that is not the machine's own;
 *     may be empty
 * @param maxThroughput request units a second up to which a new container scales itself
 * @param timeToLive after which a document that was not written again vanishes
 * @param options for the connector as they stand
 */
public record CosmosSettings(
    String endpoint,
    String database,
    Auth auth,
    Secret accountKey,
    String tenantId,
    String subscriptionId,
    String resourceGroup,
    String clientId,
    Secret clientSecret,
    int maxThroughput,
    Duration timeToLive,
    Duration trigger,
    Map<String, String> options) {

  /** How the sink authenticates. */
  public enum Auth {
    ACCOUNT_KEY,
    SERVICE_PRINCIPAL,
    MANAGED_IDENTITY
  }

  static CosmosSettings read(Section cosmos) {
    return new CosmosSettings(
        cosmos.optionalText("endpoint"),
        cosmos.text("database"),
        cosmos.oneOf("auth", Auth.values()),
        cosmos.secret("account-key"),
        cosmos.optionalText("tenant-id"),
        cosmos.optionalText("subscription-id"),
        cosmos.optionalText("resource-group"),
        cosmos.optionalText("client-id"),
        cosmos.secret("client-secret"),
        cosmos.number("max-throughput"),
        cosmos.positive("time-to-live"),
        cosmos.notNegative("trigger"),
        cosmos.options("options"));
  }
}
