package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import common.Failure;
import common.secrets.Secret;
import common.secrets.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Typed and checked values out of the tree; each error names its key. */
final class SettingsReader {
  /** Keys of Kafka's and Spark's whose values are secrets. */
  private static final Pattern SECRET_KEY =
      Pattern.compile("(?i).*(password|secret|account\\.key|sas\\.fixed\\.token).*");

  private static final Pattern SECRET_VALUE =
      Pattern.compile("(?is).*(password|secret|SharedAccessKey)\\s*=.*");

  private final Config tree;
  private final Secrets secrets;

  private SettingsReader(Config tree, Secrets secrets) {
    this.tree = tree;
    this.secrets = secrets;
  }

  static Settings read(Config tree, Secrets secrets) {
    try {
      return new SettingsReader(tree, secrets).settings();
    } catch (ConfigException invalid) {
      throw Failure.usage(
          String.valueOf(invalid.getMessage()).lines().findFirst().orElse("bad configuration"));
    }
  }

  private Settings settings() {
    return new Settings(
        lakeRoot(),
        notNegative("events.max-future-skew"),
        new Settings.Kafka(
            text("kafka.bootstrap-servers"),
            text("kafka.topic"),
            positive("kafka.connect-timeout"),
            strings("kafka.options")),
        new Settings.Streaming(
            policy("streaming.source-policy"), policy("streaming.ledger-policy")),
        new Settings.Ingest(
            number("ingest.max-files-per-batch"),
            atLeastOne("ingest.max-records-per-batch"),
            positive("ingest.trigger")),
        new Settings.Speed(
            notNegative("speed.late-tolerance"),
            positive("speed.retention"),
            oneOf("speed.starting-offsets", List.of("earliest", "latest")),
            atLeastOne("speed.max-records-per-batch"),
            tree.getStringList("speed.sinks"),
            positive("speed.delta.trigger"),
            redis("speed.redis."),
            cosmos("speed.cosmos.")),
        new Settings.Serving(
            notNegative("serving.batch-lag"),
            notNegative("serving.settle"),
            new Settings.Synapse(
                text("serving.synapse.schema"),
                text("serving.synapse.data-source"),
                text("serving.synapse.cosmos-account"),
                text("serving.synapse.cosmos-database"),
                text("serving.synapse.cosmos-credential"))),
        new Settings.Maintain(vacuumRetention(), notNegative("maintain.keep-replaced")),
        new Settings.Reconcile(tolerance()),
        new Settings.Status(positive("status.batch-age"), positive("status.speed-age")),
        prefixed("spark"),
        prefixed("local-spark"),
        Views.from(tree.getConfig("views")),
        secrets);
  }

  private Settings.Redis redis(String group) {
    return new Settings.Redis(
        text(group + "host"),
        number(group + "port"),
        tree.getBoolean(group + "tls"),
        tree.getString(group + "username"),
        secret(group + "password"),
        text(group + "key-prefix"),
        positive(group + "expiry"),
        number(group + "recent-windows"),
        notNegative(group + "trigger"),
        positive(group + "patience"));
  }

  private Settings.Cosmos cosmos(String group) {
    List<String> words =
        Arrays.stream(Settings.CosmosAuth.values()).map(Settings.CosmosAuth::word).toList();
    String auth = oneOf(group + "auth", words);
    return new Settings.Cosmos(
        tree.getString(group + "endpoint"),
        text(group + "database"),
        Settings.CosmosAuth.values()[words.indexOf(auth)],
        secret(group + "account-key"),
        tree.getString(group + "tenant-id"),
        tree.getString(group + "subscription-id"),
        tree.getString(group + "resource-group"),
        tree.getString(group + "client-id"),
        secret(group + "client-secret"),
        number(group + "max-throughput"),
        positive(group + "time-to-live"),
        notNegative(group + "trigger"),
        strings(group + "options"));
  }

  private String lakeRoot() {
    String root = text("lake.root");
    if (root.matches("wasbs?:.*")) {
      throw invalid(
          "lake.root",
          "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER (wasb:// is the driver before it, and tries for minutes without a word)");
    }

    boolean hasScheme = root.matches("[A-Za-z][A-Za-z0-9+.-]*:/.*");
    String absolute = hasScheme ? root : Path.of(root).toAbsolutePath().normalize().toString();
    return absolute.length() > 1 && absolute.endsWith("/")
        ? absolute.substring(0, absolute.length() - 1)
        : absolute;
  }

  private Duration vacuumRetention() {
    Duration retention = tree.getDuration("maintain.vacuum-retention");
    if (retention.compareTo(Settings.VACUUM_FLOOR) < 0) {
      throw invalid(
          "maintain.vacuum-retention", "at least " + Settings.VACUUM_FLOOR.toHours() + " hours");
    }

    return retention;
  }

  private double tolerance() {
    double tolerance = tree.getDouble("reconcile.tolerance");
    if (!(tolerance >= 0 && tolerance <= 1)) {
      throw invalid("reconcile.tolerance", "a relative difference from 0 to 1");
    }

    return tolerance;
  }

  private Settings.Policy policy(String key) {
    return Settings.Policy.valueOf(oneOf(key, List.of("fail", "warn")));
  }

  private String text(String key) {
    String value = tree.getString(key);
    if (value.isBlank()) {
      throw invalid(key, "a value");
    }

    return value;
  }

  private String oneOf(String key, List<String> allowed) {
    String value = tree.getString(key);
    if (!allowed.contains(value)) {
      throw invalid(key, "one of " + allowed);
    }

    return value;
  }

  private int number(String key) {
    atLeastOne(key);
    return tree.getInt(key);
  }

  private long atLeastOne(String key) {
    long value = tree.getLong(key);
    if (value < 1) {
      throw invalid(key, "at least 1");
    }

    return value;
  }

  private Duration positive(String key) {
    Duration value = notNegative(key);
    if (value.isZero()) {
      throw invalid(key, "more than zero");
    }

    return value;
  }

  private Duration notNegative(String key) {
    Duration value = tree.getDuration(key);
    if (value.isNegative()) {
      throw invalid(key, "zero or more");
    }

    return value;
  }

  private Map<String, String> prefixed(String key) {
    Map<String, String> values = new TreeMap<>();
    strings(key).forEach((name, value) -> values.put("spark." + name, value));
    return values;
  }

  private Map<String, String> strings(String key) {
    Map<String, String> values = new TreeMap<>();
    Map<String, ConfigValue> found = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : tree.getConfig(key).entrySet()) {
      String name = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      ConfigValue other = found.put(name, entry.getValue());
      if (other != null) {
        throw twice(key + "." + name, other, entry.getValue());
      }

      values.put(name, String.valueOf(entry.getValue().unwrapped()));
    }

    values.replaceAll((name, value) -> resolved(key, name, value));
    return values;
  }

  /** HOCON takes a.b and "a.b" for two keys and keeps both; which one counts, nobody could tell. */
  private static Failure twice(String key, ConfigValue one, ConfigValue other) {
    return Failure.usage(
        "%s is set in two spellings, with and without quotes (%s; %s): use the same one in both"
            .formatted(key, one.origin().description(), other.origin().description()));
  }

  private String resolved(String group, String name, String value) {
    boolean secret = SECRET_KEY.matcher(name).matches() || SECRET_VALUE.matcher(value).matches();
    return secret ? secret(group + "." + name, value) : secrets.resolve(group + "." + name, value);
  }

  private Secret secret(String key) {
    String value = tree.getString(key);
    return new Secret(value.isEmpty() ? value : secret(key, value));
  }

  /** Configuration files and command lines are read by too many for a secret to stand in them. */
  private String secret(String key, String value) {
    if (!Secrets.isReferred(value)) {
      throw Failure.usage(
          "%s holds a secret itself: write a reference to it, such as {{env/NAME}} or {{keyvault/VAULT/NAME}}"
              .formatted(key));
    }

    return secrets.resolve(key, value);
  }

  private Failure invalid(String key, String expected) {
    return Failure.usage(
        "Invalid value '%s' of %s: expected %s"
            .formatted(tree.getValue(key).unwrapped(), key, expected));
  }
}
