package common.settings;

import com.typesafe.config.Config;
import common.ErrorCode;
import common.Failure;
import common.secrets.Secret;
import common.secrets.Secrets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * A section of the configuration that reads and validates values by type.
 *
 * <p>Each error is a {@link Failure} or a {@code ConfigException} and names the full key.
 */
final class Section {
  private final Config tree;
  private final String prefix;
  private final Secrets secrets;

  private Section(Config tree, String prefix, Secrets secrets) {
    this.tree = tree;
    this.prefix = prefix;
    this.secrets = secrets;
  }

  static Section whole(Config tree, Secrets secrets) {
    return new Section(tree, "", secrets);
  }

  /** The subsection of that name. */
  Section in(String name) {
    return new Section(tree, prefix + name + ".", secrets);
  }

  /** A string that is not blank. */
  String text(String key) {
    String value = optionalText(key);
    if (value.isBlank()) {
      throw invalid(key, "a value");
    }

    return value;
  }

  /** A string that may be empty. */
  String optionalText(String key) {
    return tree.getString(prefix + key);
  }

  List<String> texts(String key) {
    return tree.getStringList(prefix + key);
  }

  boolean flag(String key) {
    return tree.getBoolean(prefix + key);
  }

  String oneOf(String key, List<String> allowed) {
    String value = optionalText(key);
    if (!allowed.contains(value)) {
      throw invalid(key, "one of " + allowed);
    }

    return value;
  }

  /** An enum constant, written in lower case with hyphens. */
  <E extends Enum<E>> E oneOf(String key, E[] constants) {
    List<String> words =
        Stream.of(constants)
            .map(constant -> constant.name().toLowerCase(Locale.ROOT).replace('_', '-'))
            .toList();
    return constants[words.indexOf(oneOf(key, words))];
  }

  /** An integer of at least 1. */
  int number(String key) {
    largeNumber(key);
    return tree.getInt(prefix + key);
  }

  /** An integer of at least 0. */
  int wholeNumber(String key) {
    int value = tree.getInt(prefix + key);
    if (value < 0) {
      throw invalid(key, "0 or more");
    }

    return value;
  }

  /** An integer of at least 1. */
  long largeNumber(String key) {
    long value = tree.getLong(prefix + key);
    if (value < 1) {
      throw invalid(key, "at least 1");
    }

    return value;
  }

  double fraction(String key, String expected) {
    double value = tree.getDouble(prefix + key);
    if (!(value >= 0 && value <= 1)) {
      throw invalid(key, expected);
    }

    return value;
  }

  /** A share of a whole. */
  double share(String key) {
    return fraction(key, "a share between 0 and 1");
  }

  /** A number of bytes, at least 1, which may be given with a unit. */
  long size(String key) {
    long bytes = tree.getBytes(prefix + key);
    if (bytes < 1) {
      throw invalid(key, "at least 1 byte");
    }

    return bytes;
  }

  Duration positive(String key) {
    Duration value = notNegative(key);
    if (value.isZero()) {
      throw invalid(key, "more than zero");
    }

    return value;
  }

  Duration notNegative(String key) {
    Duration value = ConfigTree.duration(tree, prefix + key);
    if (value.isNegative()) {
      throw invalid(key, "zero or more");
    }

    return value;
  }

  /** The secret that the value refers to; empty if none is configured. */
  Secret secret(String key) {
    String value = optionalText(key);
    return new Secret(
        value.isEmpty() ? value : SecretReferences.secret(prefix + key, value, secrets));
  }

  /** Values whose keys are defined by a third party, by their dotted names. */
  Map<String, String> options(String key) {
    return OpenKeys.read(tree.getConfig(prefix + key), prefix + key, secrets);
  }

  /** All names in this section, without validation. */
  Set<String> names() {
    String path = prefix.substring(0, prefix.length() - 1);
    return new TreeSet<>(tree.getConfig(path).root().keySet());
  }

  boolean has(String key) {
    return tree.hasPath(prefix + key);
  }

  Views views(String key) {
    return new Views(tree.getConfig(prefix + key));
  }

  Failure invalid(String key, String expected) {
    return new Failure(
        ErrorCode.CONFIG_INVALID,
        "Invalid value '%s' for %s: expected %s"
            .formatted(tree.getValue(prefix + key).unwrapped(), prefix + key, expected));
  }

  /** The full name of a key, for error messages. */
  String name(String key) {
    return prefix + key;
  }
}
