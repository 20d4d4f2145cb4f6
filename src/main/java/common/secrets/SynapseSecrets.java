package common.secrets;

import common.ErrorCode;
import common.Failure;
import java.lang.reflect.InvocationTargetException;

/**
 * {@code {{synapse/LINKED-SERVICE/VAULT/NAME}}}: a secret of a Key Vault that the Synapse workspace
 * is linked to, read with the workspace's identity through the token library that Synapse puts on
 * the class path of every job.
 *
 * <p>Source: Azure documentation, "Secure credentials with linked services".
 */
final class SynapseSecrets implements SecretStore {
  private static final String LIBRARY = "com.microsoft.azure.synapse.tokenlibrary.TokenLibrary";

  @Override
  public String read(String path) {
    String expected = "{{synapse/LINKED-SERVICE/VAULT/NAME}}";
    SecretPath linked = SecretPath.of(path, expected);
    SecretPath wanted = SecretPath.of(linked.name(), expected);
    try {
      return (String)
          Class.forName(LIBRARY)
              .getMethod("getSecret", String.class, String.class, String.class)
              .invoke(null, wanted.container(), wanted.name(), linked.container());
    } catch (InvocationTargetException refused) {
      throw new Failure(
          ErrorCode.SECRET_NOT_FOUND,
          "linked service %s cannot read secret %s in Key Vault %s: create the secret, and grant the workspace's identity access"
              .formatted(linked.container(), wanted.name(), wanted.container()),
          refused);
    } catch (ReflectiveOperationException elsewhere) {
      throw new Failure(
          ErrorCode.SECRET_STORE_UNAVAILABLE,
          "linked services can be used only in a Synapse job",
          elsewhere);
    }
  }
}
