package speed.sink.redis;

import common.redis.RedisAccess;
import common.settings.RedisSettings;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisDataException;
import redis.clients.jedis.exceptions.JedisException;

/** A connection to the Redis server, opened on first use and reopened after a failure. */
final class RedisConnection implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final long PAUSE_MILLIS = 500;

  private final RedisAccess access;
  private final Duration patience;
  private Jedis jedis;

  RedisConnection(RedisSettings redis) {
    this.access = new RedisAccess(redis);
    this.patience = redis.patience();
  }

  /**
   * Checks that the server responds.
   *
   * @throws common.Failure when it does not respond or rejects the credentials
   */
  void require() {
    try {
      connected().ping();
    } catch (JedisException failed) {
      throw access.explained(failed);
    } finally {
      close();
    }
  }

  /**
   * Sends commands as one pipeline, retrying for {@code speed.redis.patience} while the server is
   * unavailable: the commands must be idempotent.
   *
   * @throws common.Failure when the server stays unavailable or rejects a command
   */
  void pipelined(Consumer<Pipeline> commands) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
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
          throw access.explained(failed);
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
      jedis = new Jedis(access.address(), access.client(TIMEOUT));
    }

    return jedis;
  }

  /**
   * Whether to retry: a restarting server first refuses connections, and then rejects commands
   * until its data is loaded.
   */
  private static boolean passes(JedisException failed) {
    String message = String.valueOf(failed.getMessage());
    return failed instanceof JedisConnectionException
        || message.startsWith("LOADING")
        || message.startsWith("READONLY")
        || message.startsWith("MASTERDOWN");
  }
}
