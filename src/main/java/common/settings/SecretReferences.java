package common.settings;

import common.ErrorCode;
import common.Failure;
import common.secrets.Secrets;
import java.util.regex.Pattern;

/**
 * Requires secrets to be references: too many people can read configuration files and command
 * lines.
 */
final class SecretReferences {
  /** Kafka and Spark keys whose values are secrets. */
  private static final Pattern SECRET_KEY =
      Pattern.compile("(?i).*(password|secret|account\\.key|sas\\.fixed\\.token).*");

  private static final Pattern SECRET_VALUE =
      Pattern.compile("(?is).*(password|secret|SharedAccessKey)\\s*=.*");

  private SecretReferences() {}

  /**
   * The value of a third-party key, with its references resolved.
   *
   * @param key full key, for error messages
   * @param name the key under its third-party name
   * @throws Failure when the value looks like a secret in plain text
   */
  static String resolved(String key, String name, String value, Secrets secrets) {
    boolean secret = SECRET_KEY.matcher(name).matches() || SECRET_VALUE.matcher(value).matches();
    return secret ? secret(key, value, secrets) : secrets.resolve(key, value);
  }

  /**
   * The secret that a value refers to.
   *
   * @throws Failure when the value is the secret in plain text
   */
  static String secret(String key, String value, Secrets secrets) {
    if (!Secrets.isReferred(value)) {
      throw new Failure(
          ErrorCode.SECRET_IN_PLAIN_TEXT,
          "%s contains a secret in plain text: use a reference, such as {{env/NAME}} or {{keyvault/VAULT/NAME}}"
              .formatted(key));
    }

    return secrets.resolve(key, value);
  }
}
