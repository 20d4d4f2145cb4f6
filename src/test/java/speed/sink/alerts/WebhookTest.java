package speed.sink.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.Severity;
import common.secrets.Secret;
import common.settings.AlertSettings;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import testing.JudgedRows;
import testing.WebhookServer;

/** What a response of the receiver means. */
class WebhookTest {
  private WebhookServer server;

  @BeforeEach
  void start() throws Exception {
    server = WebhookServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 202, 204})
  void aSuccessIsADelivery(int status) throws Exception {
    server.then(status);

    assertThat(sent()).isEqualTo(new Channel.Outcome.Delivered());
    assertThat(server.requests())
        .singleElement()
        .satisfies(
            request -> {
              assertThat(request.path()).isEqualTo("/hook");
              assertThat(request.contentType()).isEqualTo("application/cloudevents+json");
              assertThat(request.body())
                  .isEqualTo(NotificationFormat.cloudevents.render(notification()));
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {400, 413, 415, 422})
  void aDocumentThatIsNotAcceptedIsRefused(int status) throws Exception {
    server.then(status);

    assertThat(sent()).isEqualTo(new Channel.Outcome.Refused("HTTP " + status));
  }

  @ParameterizedTest
  @ValueSource(ints = {302, 401, 403, 404, 429, 500, 503})
  void whatCanBeFixedElsewhereIsUnavailable(int status) throws Exception {
    server.then(status);

    assertThat(sent())
        .isEqualTo(new Channel.Outcome.Unavailable("HTTP " + status, Optional.empty()));
  }

  @Test
  void aReceiverCanAskToWaitForSomeSeconds() throws Exception {
    server.then(429, Map.of("Retry-After", "7"));
    server.then(429, Map.of("Retry-After", "Sat, 31 Jan 2026 12:00:00 GMT"));

    assertThat(sent())
        .isEqualTo(new Channel.Outcome.Unavailable("HTTP 429", Optional.of(Duration.ofSeconds(7))));
    assertThat(sent()).isEqualTo(new Channel.Outcome.Unavailable("HTTP 429", Optional.empty()));
  }

  @Test
  void aReceiverThatDoesNotRespondIsUnavailable() throws Exception {
    server.thenHang(20_000);
    assertThat(sent())
        .isEqualTo(new Channel.Outcome.Unavailable("HttpTimeoutException", Optional.empty()));

    server.close();
    assertThat(sent())
        .isEqualTo(new Channel.Outcome.Unavailable("ConnectException", Optional.empty()));
  }

  private Channel.Outcome sent() throws InterruptedException {
    AlertSettings.Channel channel =
        new AlertSettings.Channel(
            "hook", AlertSettings.Kind.cloudevents, new Secret(server.url()), "", Severity.info);
    return new Webhook(channel, NotificationFormat.cloudevents, Duration.ofSeconds(1))
        .send(notification());
  }

  private static Notification notification() {
    Instant start = Instant.parse("2026-01-31T12:00:00Z");
    return Notification.of(JudgedRows.raised(start)).orElseThrow();
  }
}
