package common.settings;

import common.secrets.Secret;
import java.io.Serializable;
import java.time.Duration;

/**
 * The section {@code speed.redis}: where and how the Redis sink writes.
 *
 * @param username empty for the default user
 * @param expiry how long a key is kept after its last write
 * @param patience how long to retry while the server does not respond
 */
public record RedisSettings(
    String host,
    int port,
    boolean tls,
    String username,
    Secret password,
    String keyPrefix,
    Duration expiry,
    int recentWindows,
    Duration trigger,
    Duration patience)
    implements Serializable {
  static RedisSettings read(Section redis) {
    return new RedisSettings(
        redis.text("host"),
        redis.number("port"),
        redis.flag("tls"),
        redis.optionalText("username"),
        redis.secret("password"),
        redis.text("key-prefix"),
        redis.positive("expiry"),
        redis.number("recent-windows"),
        redis.notNegative("trigger"),
        redis.positive("patience"));
  }
}
