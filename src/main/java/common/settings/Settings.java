package common.settings;

import common.secrets.Secret;
import common.secrets.Secrets;
import java.io.Serializable;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What the application is configured with; {@code reference.conf} tells each key's default, unit
 * and consequence.
 */
public record Settings(
    String lakeRoot,
    Duration maxFutureSkew,
    Kafka kafka,
    Streaming streaming,
    Ingest ingest,
    Speed speed,
    Serving serving,
    Maintain maintain,
    Reconcile reconcile,
    Status status,
    Map<String, String> spark,
    Map<String, String> localSpark,
    Views views,
    Secrets secrets) {

  /** Below it vacuum removes files that readers and time travel still rely on. */
  public static final Duration VACUUM_FLOOR = Duration.ofDays(7);

  /** {@code options} go to the Kafka client as they stand. */
  public record Kafka(
      String bootstrapServers,
      String topic,
      Duration connectTimeout,
      Map<String, String> options) {}

  /**
   * How every streaming query, of ingest and of the speed job, is guarded.
   *
   * @param sourcePolicy when the source or the table is not what the checkpoint knows
   * @param ledgerPolicy when the records of a micro-batch do not add up
   */
  public record Streaming(Policy sourcePolicy, Policy ledgerPolicy) {}

  /** What happens when something is found that must not go unnoticed. */
  public enum Policy {
    fail,
    warn
  }

  public record Ingest(int maxFilesPerBatch, long maxRecordsPerBatch, Duration trigger) {}

  public record Speed(
      Duration lateTolerance,
      Duration retention,
      String startingOffsets,
      long maxRecordsPerBatch,
      List<String> sinks,
      Duration deltaTrigger,
      Redis redis,
      Cosmos cosmos) {}

  /**
   * Where and how the Redis sink writes.
   *
   * @param username empty for the default user
   * @param expiry how long a key lives after its last write
   * @param patience how long a server that does not answer is waited for
   */
  public record Redis(
      String host,
      int port,
      boolean tls,
      String username,
      Secret password,
      String keyPrefix,
      Duration expiry,
      int recentWindows,
      Duration trigger,
      Duration patience)
      implements Serializable {}

  /**
   * Where and how the Cosmos DB sink writes; a container is named as its view.
   *
   * @param clientId of the service principal, or of a managed identity that is not the machine's
   *     own; may be empty
   * @param maxThroughput request units a second up to which a new container scales itself
   * @param timeToLive after which a document that was not written again vanishes
   * @param options for the connector as they stand
   */
  public record Cosmos(
      String endpoint,
      String database,
      CosmosAuth auth,
      Secret accountKey,
      String tenantId,
      String subscriptionId,
      String resourceGroup,
      String clientId,
      Secret clientSecret,
      int maxThroughput,
      Duration timeToLive,
      Duration trigger,
      Map<String, String> options) {}

  /** How the Cosmos DB sink says who it is. */
  public enum CosmosAuth {
    ACCOUNT_KEY,
    SERVICE_PRINCIPAL,
    MANAGED_IDENTITY;

    /** As the configuration has it. */
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  public record Serving(Duration batchLag, Duration settle, Synapse synapse) {}

  public record Maintain(Duration vacuumRetention, Duration keepReplaced) {}

  /** Greatest relative difference of measures that are exact in both layers. */
  public record Reconcile(double tolerance) {}

  /** Ages beyond which a layer counts as behind. */
  public record Status(Duration batchAge, Duration speedAge) {}

  /** Names of existing objects that the generated T-SQL refers to. */
  public record Synapse(
      String schema,
      String dataSource,
      String cosmosAccount,
      String cosmosDatabase,
      String cosmosCredential) {}

  /**
   * Reads the one configuration tree.
   *
   * @param conf the user's file, over the defaults
   * @param overrides single values by key, over both
   * @throws common.Failure naming the key when a value is missing, misspelt or wrong, or refers to
   *     a secret that cannot be had
   */
  public static Settings load(Optional<Path> conf, Map<String, String> overrides, Secrets secrets) {
    return SettingsReader.read(ConfigTree.load(conf, overrides), secrets);
  }

  /** The same with the secrets that a job can reach. */
  public static Settings load(Optional<Path> conf, Map<String, String> overrides) {
    return load(conf, overrides, Secrets.ofJob());
  }
}
