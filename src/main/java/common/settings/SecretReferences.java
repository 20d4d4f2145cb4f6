package common.settings;

import common.ErrorCode;
import common.Failure;
import common.secrets.Secrets;
import java.util.regex.Pattern;

/** Configuration files and command lines are read by too many for a secret to stand in them. */
final class SecretReferences {
  /** Keys of Kafka's and Spark's whose values are secrets. */
  private static final Pattern SECRET_KEY =
      Pattern.compile("(?i).*(password|secret|account\\.key|sas\\.fixed\\.token).*");

  private static final Pattern SECRET_VALUE =
      Pattern.compile("(?is).*(password|secret|SharedAccessKey)\\s*=.*");

  private SecretReferences() {}

  /**
   * A value of somebody else's key, with what it refers to in place.
   *
   * @param key in full, for messages
   * @param name of the key as its owner knows it
   * @throws Failure when it looks like a secret and holds it itself
   */
  static String resolved(String key, String name, String value, Secrets secrets) {
    boolean secret = SECRET_KEY.matcher(name).matches() || SECRET_VALUE.matcher(value).matches();
    return secret ? secret(key, value, secrets) : secrets.resolve(key, value);
  }

  /**
   * The secret that a value refers to.
   *
   * @throws Failure when the value holds it itself
   */
  static String secret(String key, String value, Secrets secrets) {
    if (!Secrets.isReferred(value)) {
      throw new Failure(
          ErrorCode.SECRET_IN_PLAIN_TEXT,
          "%s holds a secret itself: write a reference to it, such as {{env/NAME}} or {{keyvault/VAULT/NAME}}"
              .formatted(key));
    }

    return secrets.resolve(key, value);
  }
}
