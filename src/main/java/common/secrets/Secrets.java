package common.secrets;

import common.ErrorCode;
import common.Failure;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Secrets that configuration values refer to, each looked up once. A reference may appear anywhere
 * in a value:
 *
 * <pre>
 * {{env/NAME}}                environment variable
 * {{keyvault/VAULT/NAME}}     Azure Key Vault
 * {{databricks/SCOPE/KEY}}    secret scope of a Databricks workspace
 * {{synapse/LINK/VAULT/NAME}} Key Vault that a Synapse workspace is linked to
 * </pre>
 */
public final class Secrets {
  private static final Pattern REFERENCE = Pattern.compile("\\{\\{([^{}/]*)/([^{}]*)}}");
  private static final String HIDDEN = "*********(redacted)";

  private final Map<String, SecretStore> stores;
  private final Map<String, String> values = new ConcurrentHashMap<>();

  Secrets(Map<String, SecretStore> stores) {
    this.stores = new TreeMap<>(stores);
  }

  /** The stores that a job can reach. */
  public static Secrets ofJob() {
    return new Secrets(
        Map.of(
            "env",
            new EnvironmentSecrets(System.getenv()),
            "keyvault",
            // Created when needed, because it loads the Azure SDK.
            path -> new KeyVaultSecrets().read(path),
            "databricks",
            new DatabricksSecrets(),
            "synapse",
            new SynapseSecrets()));
  }

  /** For commands that need no credentials; references stay unresolved. */
  public static Secrets unasked() {
    return new Secrets(
        Map.of(
            "env", path -> "{{env/%s}}".formatted(path),
            "keyvault", path -> "{{keyvault/%s}}".formatted(path),
            "databricks", path -> "{{databricks/%s}}".formatted(path),
            "synapse", path -> "{{synapse/%s}}".formatted(path)));
  }

  public static boolean isReferred(String value) {
    return REFERENCE.matcher(value).find();
  }

  /**
   * The value with its references replaced by the secrets that they refer to.
   *
   * @param key key of the value, for error messages
   * @throws Failure naming key and reference, never a secret
   */
  public String resolve(String key, String value) {
    Matcher references = REFERENCE.matcher(value);
    return references.replaceAll(reference -> Matcher.quoteReplacement(secret(key, reference)));
  }

  /** The text without any secret that has been looked up. */
  public String redact(String text) {
    String redacted = text;
    for (String secret : values.values()) {
      redacted = redacted.replace(secret, HIDDEN);
    }

    return redacted;
  }

  private String secret(String key, MatchResult reference) {
    try {
      SecretStore store = stores.get(reference.group(1));
      if (store == null) {
        throw new Failure(
            ErrorCode.SECRET_REFERENCE_INVALID,
            "expected one of " + stores.keySet() + " before the first slash");
      }

      return values.computeIfAbsent(reference.group(), any -> read(store, reference.group(2)));
    } catch (Failure refused) {
      throw refused.within("Cannot resolve %s in %s".formatted(reference.group(), key));
    }
  }

  private static String read(SecretStore store, String path) {
    String secret = store.read(path);
    if (secret.isBlank()) {
      throw new Failure(ErrorCode.SECRET_NOT_FOUND, "the secret is empty");
    }

    return secret;
  }
}
