package common.settings;

import common.secrets.Secret;
import java.time.Duration;
import java.util.Map;

/**
 * The section {@code speed.cosmos}: where and how the Cosmos DB sink writes; a container is named
 * after its view.
 *
 * @param clientId client id of the service principal or of a user-assigned managed identity; may be
 *     empty
 * @param maxThroughput autoscale maximum of a new container, in request units per second
 * @param timeToLive how long a document is kept after its last write
 * @param analyticalStoreTtl seconds for which the analytical store of a new container keeps a
 *     document after its last write; -1 for no limit, 0 for no analytical store
 * @param options passed to the connector unchanged
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
    int analyticalStoreTtl,
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
        analyticalStoreTtl(cosmos),
        cosmos.notNegative("trigger"),
        cosmos.options("options"));
  }

  private static int analyticalStoreTtl(Section cosmos) {
    String key = "analytical-store-ttl";
    return switch (cosmos.text(key)) {
      case "none" -> 0;
      case "forever" -> -1;
      default -> Math.toIntExact(cosmos.positive(key).toSeconds());
    };
  }
}
