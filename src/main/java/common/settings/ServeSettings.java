package common.settings;

import common.secrets.Secret;
import java.time.Duration;
import java.util.Optional;

/**
 * The section {@code serve}.
 *
 * @param token that requests may carry; empty if none is configured
 * @param oidc issuer whose access tokens requests may carry instead
 * @param tls certificate for HTTPS; empty for HTTP
 * @param timeout of a query
 * @param maxRows of one page
 * @param requestsPerMinute maximum per client address
 * @param maxConnections maximum number of concurrent connections
 * @param idleTimeout how long a connection is kept without a complete request
 * @param healthInterval between runs of the health checks
 */
public record ServeSettings(
    Secret token,
    Optional<OidcSettings> oidc,
    Optional<TlsSettings> tls,
    Duration timeout,
    int maxRows,
    int requestsPerMinute,
    int maxConnections,
    Duration idleTimeout,
    Duration healthInterval) {
  static ServeSettings read(Section serve) {
    return new ServeSettings(
        serve.secret("token"),
        OidcSettings.read(serve.in("oidc")),
        TlsSettings.read(serve.in("tls")),
        serve.positive("timeout"),
        serve.number("max-rows"),
        serve.number("requests-per-minute"),
        serve.number("max-connections"),
        serve.positive("idle-timeout"),
        serve.positive("health-interval"));
  }

  /** Whether requests must carry a token. */
  public boolean requiresToken() {
    return !token.isEmpty() || oidc.isPresent();
  }
}
