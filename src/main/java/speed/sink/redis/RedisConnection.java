package speed.sink.redis;

import common.ErrorCode;
import common.Failure;
import common.settings.RedisSettings;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLParameters;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** A connection to the Redis server, opened on first use and reopened after a failure. */
final class RedisConnection implements AutoCloseable {
  private static final int TIMEOUT_MILLIS = 5_000;
  private static final long PAUSE_MILLIS = 500;

  private final RedisSettings redis;
  private Jedis jedis;

  RedisConnection(RedisSettings redis) {
    this.redis = redis;
  }

  /**
   * Checks that the server responds.
   *
   * @throws Failure when it does not respond or rejects the credentials
   */
  void require() {
    try {
      connected().ping();
    } catch (JedisException failed) {
      throw explained(failed);
    } finally {
      close();
    }
  }

  /**
   * Sends commands as one pipeline, retrying for {@code speed.redis.patience} while the server is
   * unavailable: the commands must be idempotent.
   *
   * @throws Failure when the server stays unavailable or rejects a command
   */
  void pipelined(Consumer<Pipeline> commands) throws InterruptedException {
    long deadline = System.nanoTime() + redis.patience().toNanos();
    while (true) {
      try (Pipeline pipeline = connected().pipelined()) {
        commands.accept(pipeline);
        for (Object reply : pipeline.syncAndReturnAll()) {
          if (reply instanceof JedisDataException refused) {
            throw refused;
          }
        }

        return;
      } catch (JedisException failed) {
        close();
        if (!passes(failed) || System.nanoTime() > deadline) {
          throw explained(failed);
        }

        TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
      }
    }
  }

  @Override
  public void close() {
    if (jedis != null) {
      jedis.close();
      jedis = null;
    }
  }

  private Jedis connected() {
    if (jedis == null) {
      SSLParameters tls = new SSLParameters();
      // By default, Jedis accepts any certificate of a trusted issuer, whatever host it names.
      tls.setEndpointIdentificationAlgorithm("HTTPS");
      DefaultJedisClientConfig config =
          DefaultJedisClientConfig.builder()
              .user(redis.username().isEmpty() ? null : redis.username())
              .password(redis.password().isEmpty() ? null : redis.password().revealed())
              .ssl(redis.tls())
              .sslParameters(tls)
              .timeoutMillis(TIMEOUT_MILLIS)
              .build();
      jedis = new Jedis(new HostAndPort(redis.host(), redis.port()), config);
    }

    return jedis;
  }

  /**
   * Whether to retry: a restarting server first refuses connections, and then commands until its
   * data is loaded.
   */
  private static boolean passes(JedisException failed) {
    String message = String.valueOf(failed.getMessage());
    return failed instanceof JedisConnectionException
        || message.startsWith("LOADING")
        || message.startsWith("READONLY")
        || message.startsWith("MASTERDOWN");
  }

  private Failure explained(JedisException failed) {
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
