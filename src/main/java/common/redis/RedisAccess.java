package common.redis;

import common.ErrorCode;
import common.Failure;
import common.settings.RedisSettings;
import java.time.Duration;
import javax.net.ssl.SSLParameters;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.JedisClientConfig;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;

/** Access to the Redis server of {@code speed.redis}, and explanations of its failures. */
public record RedisAccess(RedisSettings redis) {
  public HostAndPort address() {
    return new HostAndPort(redis.host(), redis.port());
  }

  /**
   * Credentials, TLS and timeouts of a connection.
   *
   * @param timeout for connecting, and for each reply
   */
  public JedisClientConfig client(Duration timeout) {
    SSLParameters tls = new SSLParameters();
    // By default, Jedis accepts any certificate of a trusted issuer, even if it names another host.
    tls.setEndpointIdentificationAlgorithm("HTTPS");
    return DefaultJedisClientConfig.builder()
        .user(redis.username().isEmpty() ? null : redis.username())
        .password(redis.password().isEmpty() ? null : redis.password().revealed())
        .ssl(redis.tls())
        .sslParameters(tls)
        .timeoutMillis((int) timeout.toMillis())
        .build();
  }

  /** The failure in terms of the settings; its message does not contain the password. */
  public Failure explained(JedisException failed) {
    String server = "Redis at %s:%d".formatted(redis.host(), redis.port());
    String message = String.valueOf(failed.getMessage());
    if (failed instanceof JedisAccessControlException || message.startsWith("NOAUTH")) {
      return new Failure(
          ErrorCode.REDIS_ACCESS_DENIED,
          server + " rejected the credentials: correct speed.redis.password",
          failed);
    }

    if (failed instanceof JedisConnectionException) {
      return new Failure(
          ErrorCode.REDIS_UNREACHABLE,
          "%s is unreachable%s: start it, or correct speed.redis (%s)"
              .formatted(server, redis.tls() ? " over TLS" : "", Failure.reason(failed)),
          failed);
    }

    return new Failure(
        ErrorCode.REDIS_COMMAND_REFUSED, server + " rejected a command: " + message, failed);
  }
}
