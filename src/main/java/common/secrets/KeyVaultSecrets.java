package common.secrets;

import com.azure.core.credential.TokenCredential;
import com.azure.core.credential.TokenRequestContext;
import com.azure.core.exception.ClientAuthenticationException;
import com.azure.core.exception.HttpResponseException;
import com.azure.core.exception.ResourceNotFoundException;
import com.azure.identity.AzureCliCredentialBuilder;
import com.azure.identity.ChainedTokenCredentialBuilder;
import com.azure.identity.CredentialUnavailableException;
import com.azure.identity.EnvironmentCredentialBuilder;
import com.azure.identity.ManagedIdentityCredentialBuilder;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import common.ErrorCode;
import common.Failure;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * {@code {{keyvault/VAULT/NAME}}}: the newest version of a secret in an Azure Key Vault. Identities
 * are tried in this order: the service principal in AZURE_TENANT_ID, AZURE_CLIENT_ID and
 * AZURE_CLIENT_SECRET (or a certificate), the managed identity of the machine, and the account
 * logged in with {@code az login}.
 */
final class KeyVaultSecrets implements SecretStore {
  private static final String SCOPE = "https://vault.azure.net/.default";
  private static final int UNAUTHORIZED = 401;
  private static final int FORBIDDEN = 403;

  private final Supplier<TokenCredential> identity;
  private final Function<String, SecretClientBuilder> vaults;

  KeyVaultSecrets() {
    this(
        KeyVaultSecrets::identityOfJob,
        vault -> new SecretClientBuilder().vaultUrl("https://%s.vault.azure.net".formatted(vault)));
  }

  KeyVaultSecrets(
      Supplier<TokenCredential> identity, Function<String, SecretClientBuilder> vaults) {
    this.identity = identity;
    this.vaults = vaults;
  }

  private static TokenCredential identityOfJob() {
    return new ChainedTokenCredentialBuilder()
        .addLast(new EnvironmentCredentialBuilder().build())
        .addLast(new ManagedIdentityCredentialBuilder().build())
        .addLast(new AzureCliCredentialBuilder().build())
        .build();
  }

  @Override
  public String read(String path) {
    SecretPath wanted = SecretPath.of(path, "{{keyvault/VAULT/NAME}}");
    String vault = wanted.container();
    String name = wanted.name();
    TokenCredential credential = identity.get();
    try {
      // Requested first: without credentials, the client below fails without naming the cause.
      credential.getTokenSync(new TokenRequestContext().addScopes(SCOPE));
      return vaults.apply(vault).credential(credential).buildClient().getSecret(name).getValue();
    } catch (ResourceNotFoundException missing) {
      throw new Failure(
          ErrorCode.SECRET_NOT_FOUND,
          "Key Vault %s has no secret %s".formatted(vault, name),
          missing);
    } catch (CredentialUnavailableException nobody) {
      throw new Failure(
          ErrorCode.SECRET_ACCESS_DENIED,
          "no credentials for Key Vault %s: give the job a managed identity, set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET, or run az login"
              .formatted(vault),
          nobody);
    } catch (ClientAuthenticationException refused) {
      throw notAllowed(vault, refused);
    } catch (HttpResponseException failed) {
      int status = failed.getResponse() == null ? 0 : failed.getResponse().getStatusCode();
      throw status == FORBIDDEN || status == UNAUTHORIZED
          ? notAllowed(vault, failed)
          : new Failure(
              ErrorCode.SECRET_STORE_UNAVAILABLE,
              "Key Vault %s returned status %d".formatted(vault, status),
              failed);
    } catch (RuntimeException unreachable) {
      throw new Failure(
          ErrorCode.SECRET_STORE_UNAVAILABLE,
          "Key Vault %s cannot be reached: %s"
              .formatted(vault, Failure.root(unreachable).getClass().getSimpleName()),
          unreachable);
    }
  }

  private static Failure notAllowed(String vault, Exception refused) {
    return new Failure(
        ErrorCode.SECRET_ACCESS_DENIED,
        "the job's identity may not read Key Vault %s: grant it the role Key Vault Secrets User"
            .formatted(vault),
        refused);
  }
}
