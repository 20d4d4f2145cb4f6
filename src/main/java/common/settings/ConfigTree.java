package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import common.ErrorCode;
import common.Failure;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The merged HOCON tree: {@code --define} overrides the user's file, which overrides {@code
 * reference.conf}.
 */
final class ConfigTree {
  /**
   * Sections whose keys are not defined here: Spark's, Kafka's, Cosmos DB's, the views' (which
   * {@code ViewReader} checks), and the channels' ({@code AlertSettings}).
   */
  private static final List<String> OPEN =
      List.of(
          "spark",
          "local-spark",
          "kafka.options",
          "speed.cosmos.options",
          "speed.alerts.channels",
          "views");

  /** Keys of earlier versions and their new names. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "kafka.source-policy", "streaming.source-policy",
          "speed.ledger-policy", "streaming.ledger-policy",
          "status", "thresholds");

  private ConfigTree() {}

  static Config load(Optional<Path> conf, Map<String, String> overrides) {
    Config reference =
        ConfigFactory.parseResources(ConfigTree.class.getClassLoader(), "reference.conf");
    try {
      Config user = conf.map(ConfigTree::parse).orElse(ConfigFactory.empty());
      Config tree = parse(overrides).withFallback(user).withFallback(reference).resolve();
      requireKnownKeys(tree.root(), reference, "");
      return tree;
    } catch (ConfigException.UnresolvedSubstitution missing) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          Failure.reason(missing) + ": set the environment variable of that name");
    } catch (ConfigException invalid) {
      throw failure(ErrorCode.CONFIG_INVALID, invalid);
    }
  }

  /** The library's error as one line. */
  static Failure failure(ErrorCode code, ConfigException invalid) {
    return new Failure(
        code, String.valueOf(invalid.getMessage()).lines().findFirst().orElse("invalid value"));
  }

  /**
   * A duration, which must have a unit: the library reads a bare number as milliseconds, which is
   * rarely what was meant.
   *
   * @throws ConfigException naming the key
   */
  static Duration duration(Config config, String path) {
    Duration value = config.getDuration(path);
    String text = String.valueOf(config.getValue(path).unwrapped()).strip();
    if (!value.isZero() && text.matches("[0-9.]+")) {
      throw new ConfigException.BadValue(
          config.getValue(path).origin(),
          path,
          "expected a duration with a unit, such as '5 minutes', found " + text);
    }

    return value;
  }

  private static Config parse(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new Failure(ErrorCode.CONFIG_FILE_MISSING, "No such configuration file: " + file);
    }

    // Includes are resolved against the file's folder; a bare file name has none.
    return ConfigFactory.parseFile(
        file.toAbsolutePath().toFile(), ConfigParseOptions.defaults().setAllowMissing(false));
  }

  private static Config parse(Map<String, String> overrides) {
    Config parsed = ConfigFactory.empty();
    for (Map.Entry<String, String> override : overrides.entrySet()) {
      if (override.getKey().isBlank()) {
        throw new Failure(
            ErrorCode.OPTION_INVALID, "--define needs a key: KEY=VALUE, e.g. lake.root=/data/lake");
      }

      String value = override.getValue();
      boolean structured =
          value.startsWith("[") || (value.startsWith("{") && !value.startsWith("{{"));
      String literal = structured ? value : ConfigUtil.quoteString(value);
      Config one =
          ConfigFactory.parseString(
              override.getKey() + " = " + literal,
              ConfigParseOptions.defaults().setOriginDescription("--define " + override.getKey()));
      parsed = one.withFallback(parsed);
    }

    return parsed;
  }

  private static void requireKnownKeys(ConfigObject object, Config reference, String prefix) {
    for (Map.Entry<String, ConfigValue> entry : object.entrySet()) {
      String path = prefix + ConfigUtil.joinPath(entry.getKey());
      if (OPEN.contains(path)) {
        continue;
      }

      if (RENAMED.containsKey(path)) {
        throw new Failure(
            ErrorCode.CONFIG_INVALID,
            "Key '%s' (%s) has been renamed: use '%s'"
                .formatted(path, entry.getValue().origin().description(), RENAMED.get(path)));
      }

      if (!reference.hasPathOrNull(path)) {
        ConfigObject siblings =
            prefix.isEmpty()
                ? reference.root()
                : reference.getObject(prefix.substring(0, prefix.length() - 1));
        throw new Failure(
            ErrorCode.CONFIG_INVALID,
            "Unknown key '%s' (%s): expected one of %s"
                .formatted(
                    path,
                    entry.getValue().origin().description(),
                    new TreeSet<>(siblings.keySet())));
      }

      if (entry.getValue().valueType() == ConfigValueType.OBJECT) {
        requireKnownKeys((ConfigObject) entry.getValue(), reference, path + ".");
      }
    }
  }
}
