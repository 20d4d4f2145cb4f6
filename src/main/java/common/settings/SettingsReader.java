package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigUtil;
import common.Failure;
import common.metrics.Views;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Typed and checked values out of the tree; each error names its key. */
final class SettingsReader {
  private final Config tree;

  private SettingsReader(Config tree) {
    this.tree = tree;
  }

  static Settings read(Config tree) {
    try {
      return new SettingsReader(tree).settings();
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
            policy("kafka.source-policy"),
            strings("kafka.options")),
        new Settings.Ingest(
            files("ingest.max-files-per-batch"),
            atLeastOne("ingest.max-records-per-batch"),
            positive("ingest.trigger")),
        new Settings.Speed(
            notNegative("speed.late-tolerance"),
            positive("speed.retention"),
            policy("speed.ledger-policy"),
            oneOf("speed.starting-offsets", List.of("earliest", "latest")),
            atLeastOne("speed.max-records-per-batch"),
            tree.getStringList("speed.sinks"),
            positive("speed.delta.trigger")),
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
        Views.from(tree.getConfig("views")));
  }

  private String lakeRoot() {
    String root = text("lake.root");
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

  private int files(String key) {
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
    tree.getConfig(key)
        .entrySet()
        .forEach(
            entry ->
                values.put(
                    String.join(".", ConfigUtil.splitPath(entry.getKey())),
                    String.valueOf(entry.getValue().unwrapped())));
    return values;
  }

  private Failure invalid(String key, String expected) {
    return Failure.usage(
        "Invalid value '%s' of %s: expected %s"
            .formatted(tree.getValue(key).unwrapped(), key, expected));
  }
}
