package common.settings;

import common.secrets.Secret;
import java.time.Duration;

/**
 * The section {@code serve}.
 *
 * @param token that requests must carry; empty to require none
 * @param timeout of a query
 * @param maxRows of one page
 * @param requestsPerMinute that one client address may make
 * @param healthInterval between runs of the health checks
 */
public record ServeSettings(
    Secret token, Duration timeout, int maxRows, int requestsPerMinute, Duration healthInterval) {
  static ServeSettings read(Section serve) {
    return new ServeSettings(
        serve.secret("token"),
        serve.positive("timeout"),
        serve.number("max-rows"),
        serve.number("requests-per-minute"),
        serve.positive("health-interval"));
  }
}
