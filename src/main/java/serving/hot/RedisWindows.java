package serving.hot;

import common.ErrorCode;
import common.Failure;
import common.metrics.View;
import common.redis.RedisAccess;
import common.redis.RedisKeys;
import common.settings.RedisSettings;
import java.net.SocketTimeoutException;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import redis.clients.jedis.ConnectionPoolConfig;
import redis.clients.jedis.JedisPooled;
import redis.clients.jedis.exceptions.JedisAccessControlException;
import redis.clients.jedis.exceptions.JedisConnectionException;
import redis.clients.jedis.exceptions.JedisException;
import serving.query.QueryRouter;

/**
 * Reads the newest windows that the Redis sink maintains, through a pool of connections that is
 * filled on demand. Fails fast: while the server is unreachable, only one attempt is made per
 * second, and the other calls fail at once.
 */
public final class RedisWindows implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RedisWindows.class);
  private static final Duration TIMEOUT = Duration.ofMillis(250);
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WARNING_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int MOST_CONNECTIONS = 32;

  private final RedisAccess access;
  private final String prefix;
  private final JedisPooled redis;
  private final AtomicBoolean away = new AtomicBoolean();
  private final AtomicLong nextAttempt = new AtomicLong(System.nanoTime());
  private final AtomicLong nextWarning = new AtomicLong(System.nanoTime());

  /** Creates a reader, which connects on first use. */
  public RedisWindows(RedisSettings settings) {
    ConnectionPoolConfig pool = new ConnectionPoolConfig();
    pool.setMaxTotal(MOST_CONNECTIONS);
    pool.setMaxIdle(MOST_CONNECTIONS);
    pool.setMaxWait(TIMEOUT);
    pool.setJmxEnabled(false);
    this.access = new RedisAccess(settings);
    this.prefix = settings.keyPrefix();
    this.redis = new JedisPooled(pool, access.address(), access.client(TIMEOUT));
  }

  /**
   * A key's newest window.
   *
   * @param row the columns of a result of the unified view
   * @param computedAt when the speed job computed it
   */
  public record Newest(Row row, Instant computedAt) {}

  /**
   * The newest window of a key; empty when Redis has none.
   *
   * @param keys the values of the view's keys, in their order
   * @param schema the schema of the view's tables
   * @throws Failure when Redis does not respond or rejects the request, or when the stored value
   *     was not written by the sink
   */
  public Optional<Newest> newest(View view, List<String> keys, StructType schema) {
    if (away.get() && !isDue()) {
      throw access.explained(new JedisConnectionException("no response a moment ago"));
    }

    String name = RedisKeys.newest(prefix, view.name(), RedisKeys.encoded(keys));
    try {
      Map<String, String> window = read(name);
      if (away.compareAndSet(true, false)) {
        LOG.info("Redis responds again");
      }

      return window.isEmpty() ? Optional.empty() : Optional.of(newest(window, view, schema));
    } catch (JedisConnectionException | JedisAccessControlException failed) {
      nextAttempt.set(System.nanoTime() + PAUSE_NANOS);
      away.set(true);
      throw reported(access.explained(failed));
    } catch (JedisException refused) {
      throw reported(access.explained(refused));
    } catch (IllegalArgumentException | DateTimeException malformed) {
      throw reported(
          new Failure(
              ErrorCode.REDIS_COMMAND_REFUSED,
              "Redis has something other than a window of %s in %s".formatted(view.name(), name),
              malformed));
    }
  }

  private static Newest newest(Map<String, String> window, View view, StructType schema) {
    return new Newest(
        WindowRow.of(window, QueryRouter.columns(view), schema),
        Instant.parse(window.getOrDefault(View.COMPUTED_AT, "")));
  }

  /** Logs a failure unless one was logged within the last minute. */
  private Failure reported(Failure failure) {
    long due = nextWarning.get();
    long now = System.nanoTime();
    if (now - due >= 0 && nextWarning.compareAndSet(due, now + WARNING_NANOS)) {
      LOG.warn("Newest windows come from the lake: {}", failure.getMessage());
    }

    return failure;
  }

  /**
   * After a server restart, all pooled connections are closed, which becomes apparent only when a
   * connection is used.
   */
  private Map<String, String> read(String name) {
    try {
      return redis.hgetAll(name);
    } catch (JedisConnectionException closed) {
      if (closed.getCause() instanceof SocketTimeoutException) {
        throw closed;
      }

      redis.getPool().clear();
      return redis.hgetAll(name);
    }
  }

  /** Whether the pause after a failure is over; true for one caller per pause. */
  private boolean isDue() {
    long due = nextAttempt.get();
    long now = System.nanoTime();
    return now - due >= 0 && nextAttempt.compareAndSet(due, now + PAUSE_NANOS);
  }

  @Override
  public void close() {
    redis.close();
  }
}
