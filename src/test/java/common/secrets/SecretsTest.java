package common.secrets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.ErrorCode;
import common.Failure;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SecretsTest {
  private final Secrets secrets =
      new Secrets(
          Map.of(
              "env",
              new EnvironmentSecrets(Map.of("PASSWORD", "p$4\\1", "EMPTY", "")),
              "databricks",
              new DatabricksSecrets(),
              "synapse",
              new SynapseSecrets()));

  @Test
  void aReferenceMayStandAnywhereInAValue() {
    assertThat(secrets.resolve("k", "user=a password={{env/PASSWORD}};"))
        .isEqualTo("user=a password=p$4\\1;");
    assertThat(secrets.resolve("k", "no reference")).isEqualTo("no reference");
  }

  @Test
  void whatIsMissingIsNamedByItsReference() {
    assertThatThrownBy(() -> secrets.resolve("redis.password", "{{env/OTHER}}"))
        .isInstanceOf(Failure.class)
        .hasMessage(
            "Cannot resolve {{env/OTHER}} in redis.password: set the environment variable OTHER")
        .extracting(failure -> ((Failure) failure).code())
        .isEqualTo(ErrorCode.SECRET_REFERENCE_INVALID);
    assertThatThrownBy(() -> secrets.resolve("k", "{{env/EMPTY}}"))
        .hasMessageContaining("the secret is empty");
    assertThatThrownBy(() -> secrets.resolve("k", "{{vault/x}}"))
        .hasMessageContaining("expected one of [databricks, env, synapse]");
  }

  @Test
  void whatWasLookedUpIsHiddenInTexts() {
    secrets.resolve("k", "{{env/PASSWORD}}");

    assertThat(secrets.redact("login with p$4\\1 failed"))
        .isEqualTo("login with *********(redacted) failed");
    assertThat(new Secret("p$4\\1")).hasToString("(hidden)");
  }

  @Test
  void aDatabricksScopeIsReadByTheDbutilsOfTheJob() {
    assertThat(secrets.resolve("k", "{{databricks/scope/key}}")).isEqualTo("key of scope");
    assertThatThrownBy(() -> secrets.resolve("k", "{{databricks/scope/none}}"))
        .hasMessageContaining("scope scope has no key none");
    assertThatThrownBy(() -> secrets.resolve("k", "{{databricks/scope}}"))
        .hasMessageContaining("expected {{databricks/SCOPE/KEY}}");
  }

  @Test
  void aVaultThatAWorkspaceIsLinkedToIsReadByTheTokenLibraryOfTheJob() {
    assertThat(secrets.resolve("k", "{{synapse/link/vault/key}}"))
        .isEqualTo("key of vault by link");
    assertThatThrownBy(() -> secrets.resolve("k", "{{synapse/link/vault/none}}"))
        .hasMessageContaining("linked service link cannot read secret none in Key Vault vault");
    assertThatThrownBy(() -> secrets.resolve("k", "{{synapse/vault/none}}"))
        .hasMessageContaining("expected {{synapse/LINKED-SERVICE/VAULT/NAME}}");
  }
}
