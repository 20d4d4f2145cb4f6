package common.settings;

import com.typesafe.config.ConfigException;
import common.ErrorCode;
import common.Failure;
import common.secrets.Secrets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The configuration of the application; {@code reference.conf} gives each key's default, unit and
 * consequence. Each section is a separate record, which reads and validates itself.
 */
public record Settings(
    String lakeRoot,
    Duration maxFutureSkew,
    KafkaSettings kafka,
    StreamingSettings streaming,
    IngestSettings ingest,
    SpeedSettings speed,
    ServingSettings serving,
    MaintainSettings maintain,
    ReconcileSettings reconcile,
    Thresholds thresholds,
    MetricsSettings metrics,
    ServeSettings serve,
    Map<String, String> spark,
    Map<String, String> localSpark,
    Views views,
    Secrets secrets) {

  /**
   * Loads the configuration.
   *
   * @param conf the user's file, which overrides the defaults
   * @param overrides single values by key, which override both the file and the defaults
   * @throws Failure naming the key when a value is missing, misspelt or invalid, or refers to a
   *     secret that cannot be resolved; {@link Views} validates each view on first use
   */
  public static Settings load(Optional<Path> conf, Map<String, String> overrides, Secrets secrets) {
    Section whole = Section.whole(ConfigTree.load(conf, overrides), secrets);
    try {
      return new Settings(
          lakeRoot(whole.in("lake")),
          whole.in("events").notNegative("max-future-skew"),
          KafkaSettings.read(whole.in("kafka")),
          StreamingSettings.read(whole.in("streaming")),
          IngestSettings.read(whole.in("ingest")),
          SpeedSettings.read(whole.in("speed")),
          ServingSettings.read(whole.in("serving")),
          MaintainSettings.read(whole.in("maintain")),
          ReconcileSettings.read(whole.in("reconcile")),
          Thresholds.read(whole.in("thresholds")),
          MetricsSettings.read(whole.in("metrics")),
          ServeSettings.read(whole.in("serve")),
          named("spark.", whole.options("spark")),
          named("spark.", whole.options("local-spark")),
          whole.views("views"),
          secrets);
    } catch (ConfigException invalid) {
      throw ConfigTree.failure(ErrorCode.CONFIG_INVALID, invalid);
    }
  }

  /** Loads the configuration with the secret stores that a job can reach. */
  public static Settings load(Optional<Path> conf, Map<String, String> overrides) {
    return load(conf, overrides, Secrets.ofJob());
  }

  private static String lakeRoot(Section lake) {
    String root = StorageUri.requireSupported(lake.name("root"), lake.text("root"));
    String absolute =
        StorageUri.isUri(root) ? root : Path.of(root).toAbsolutePath().normalize().toString();
    return absolute.length() > 1 && absolute.endsWith("/")
        ? absolute.substring(0, absolute.length() - 1)
        : absolute;
  }

  private static Map<String, String> named(String prefix, Map<String, String> options) {
    Map<String, String> named = new TreeMap<>();
    options.forEach((name, value) -> named.put(prefix + name, value));
    return named;
  }
}
