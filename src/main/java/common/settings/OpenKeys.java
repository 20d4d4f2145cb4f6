package common.settings;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import common.ErrorCode;
import common.Failure;
import common.secrets.Secrets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Values whose keys are Spark's, Kafka's or Cosmos DB's: any key is accepted, and identified by its
 * dotted name.
 */
final class OpenKeys {
  private OpenKeys() {}

  /**
   * Reads all values below a key, with their secret references resolved.
   *
   * @param key full key, for error messages
   */
  static Map<String, String> read(Config section, String key, Secrets secrets) {
    Map<String, ConfigValue> found = new TreeMap<>();
    for (Map.Entry<String, ConfigValue> entry : section.entrySet()) {
      String name = String.join(".", ConfigUtil.splitPath(entry.getKey()));
      ConfigValue other = found.put(name, entry.getValue());
      if (other != null) {
        throw twice(key + "." + name, other, entry.getValue());
      }
    }

    Map<String, String> values = new TreeMap<>();
    found.forEach(
        (name, value) -> {
          String written = String.valueOf(value.unwrapped());
          values.put(name, SecretReferences.resolved(key + "." + name, name, written, secrets));
        });
    return values;
  }

  /** HOCON treats a.b and "a.b" as two keys and keeps both; which one wins is undefined. */
  private static Failure twice(String key, ConfigValue one, ConfigValue other) {
    return new Failure(
        ErrorCode.CONFIG_INVALID,
        "%s is set in two spellings, with and without quotes (%s; %s): use the same spelling in both"
            .formatted(key, one.origin().description(), other.origin().description()));
  }
}
