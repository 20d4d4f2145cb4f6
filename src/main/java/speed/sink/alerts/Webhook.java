package speed.sink.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;

import common.metrics.Severity;
import common.settings.AlertSettings;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Posts notifications to an HTTP endpoint. The address is a secret and appears in no message.
 *
 * <p>A status that reports an unacceptable document (400, 413, 415, 422) is final. Any other error,
 * including a wrong address or a missing permission, can be fixed at the receiver or in the
 * configuration, so the notification is retried.
 */
final class Webhook implements Channel {
  private static final Set<Integer> DOCUMENT_REFUSED = Set.of(400, 413, 415, 422);

  private final AlertSettings.Channel settings;
  private final NotificationFormat format;
  private final Duration timeout;
  private final HttpClient client;

  Webhook(AlertSettings.Channel settings, NotificationFormat format, Duration timeout) {
    this.settings = settings;
    this.format = format;
    this.timeout = timeout;
    this.client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public Severity minSeverity() {
    return settings.minSeverity();
  }

  @Override
  public Outcome send(Notification notification) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(settings.url().revealed()))
            .timeout(timeout)
            .header("Content-Type", format.contentType())
            .POST(HttpRequest.BodyPublishers.ofString(format.render(notification), UTF_8))
            .build();
    CompletableFuture<HttpResponse<Void>> response =
        client.sendAsync(request, HttpResponse.BodyHandlers.discarding());
    try {
      // The request's own timeout covers only the time until the response's headers.
      return outcome(response.get(2 * timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (ExecutionException failed) {
      // The message may contain the address.
      return unavailable(failed.getCause());
    } catch (TimeoutException stalled) {
      response.cancel(true);
      return unavailable(stalled);
    }
  }

  private static Outcome unavailable(Throwable cause) {
    return new Outcome.Unavailable(cause.getClass().getSimpleName(), Optional.empty());
  }

  private static Outcome outcome(HttpResponse<Void> response) {
    int status = response.statusCode();
    if (status / 100 == 2) {
      return new Outcome.Delivered();
    }

    String reason = "HTTP " + status;
    return DOCUMENT_REFUSED.contains(status)
        ? new Outcome.Refused(reason)
        : new Outcome.Unavailable(reason, retryAfter(response));
  }

  /** Supports only a number of seconds, because an HTTP date would depend on both clocks. */
  private static Optional<Duration> retryAfter(HttpResponse<Void> response) {
    return response
        .headers()
        .firstValue("Retry-After")
        .filter(value -> value.matches("\\d{1,6}"))
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)));
  }
}
