package common.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.core.http.policy.FixedDelayOptions;
import com.azure.core.http.policy.RetryOptions;
import com.azure.identity.CredentialUnavailableException;
import com.azure.security.keyvault.secrets.SecretClientBuilder;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import common.Failure;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;
import testing.TestCertificate;

/**
 * Azure's own client against a server that implements the part of Key Vault's REST API it needs.
 */
class KeyVaultSecretsTest {
  private static final TokenCredential SOMEBODY =
      request -> Mono.just(new AccessToken("a-token", OffsetDateTime.now().plusHours(1)));

  private final AtomicInteger requests = new AtomicInteger();
  private HttpsServer server;

  @BeforeEach
  void start() throws Exception {
    server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(TestCertificate.trusted().tls()));
    server.createContext("/secrets/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void theNewestVersionIsRead() {
    assertThat(vault(SOMEBODY).read("v/redis-password")).isEqualTo("value of redis-password");
  }

  @Test
  void aVaultThatIsBusyIsAskedAgain() {
    assertThat(vault(SOMEBODY).read("v/busy-once")).isEqualTo("value of busy-once");
    assertThat(requests).hasValueGreaterThan(2);
  }

  @Test
  void whatIsMissingOrForbiddenIsSaidWithWhatToDo() {
    assertThatThrownBy(() -> vault(SOMEBODY).read("v/missing"))
        .isInstanceOf(Failure.class)
        .hasMessage("Key Vault v has no secret missing");
    assertThatThrownBy(() -> vault(SOMEBODY).read("v/forbidden"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("Key Vault Secrets User");
    TokenCredential nobody =
        request -> Mono.error(new CredentialUnavailableException("nobody is logged in"));
    assertThatThrownBy(() -> vault(nobody).read("v/x"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("az login");
  }

  @Test
  void aVaultThatIsNotThereIsSaid() {
    server.stop(0);

    assertThatThrownBy(() -> vault(SOMEBODY).read("v/x"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("Key Vault v cannot be reached");
  }

  private KeyVaultSecrets vault(TokenCredential credential) {
    return new KeyVaultSecrets(
        () -> credential,
        name ->
            new SecretClientBuilder()
                .vaultUrl("https://localhost:" + server.getAddress().getPort())
                .disableChallengeResourceVerification()
                .retryOptions(new RetryOptions(new FixedDelayOptions(2, Duration.ofMillis(10)))));
  }

  private void answer(HttpExchange exchange) throws IOException {
    String name = exchange.getRequestURI().getPath().split("/", -1)[2];
    if (exchange.getRequestHeaders().getFirst("Authorization") == null) {
      exchange
          .getResponseHeaders()
          .add(
              "WWW-Authenticate",
              "Bearer authorization=\"https://login.localhost/tenant\", resource=\"https://vault.azure.net\"");
      reply(exchange, 401, "{}");
    } else if (name.equals("missing")) {
      reply(exchange, 404, error("SecretNotFound"));
    } else if (name.equals("forbidden")) {
      reply(exchange, 403, error("Forbidden"));
    } else if (name.equals("busy-once") && requests.get() < 2) {
      reply(exchange, 429, error("Throttled"));
    } else {
      reply(
          exchange,
          200,
          "{\"value\":\"value of %1$s\",\"id\":\"https://localhost/secrets/%1$s/1\",\"attributes\":{\"enabled\":true}}"
              .formatted(name));
    }
  }

  private static String error(String code) {
    return "{\"error\":{\"code\":\"%1$s\",\"message\":\"%1$s\"}}".formatted(code);
  }

  private void reply(HttpExchange exchange, int status, String body) throws IOException {
    requests.incrementAndGet();
    byte[] bytes = body.getBytes(UTF_8);
    exchange.getResponseHeaders().add("Content-Type", "application/json");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
