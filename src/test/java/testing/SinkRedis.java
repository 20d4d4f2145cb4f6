package testing;

import static org.apache.spark.sql.functions.col;

import common.metrics.View;
import demo.LocalBroker;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;
import speed.sink.redis.RedisSink;

/** A real redis-server with a password, and rows of device_metrics in it. */
public final class SinkRedis implements AutoCloseable {
  private static final String PASSWORD = System.getenv("PATH");

  private final int port;
  private RedisServer server;

  private SinkRedis(int port) {
    this.port = port;
  }

  public static SinkRedis start() throws IOException {
    SinkRedis redis = new SinkRedis(LocalBroker.freePort());
    redis.restart();
    return redis;
  }

  /** Starts an empty server at the same address. */
  public void restart() throws IOException {
    server =
        RedisServer.newRedisServer()
            .port(port)
            .setting("requirepass \"%s\"".formatted(PASSWORD))
            .build();
    server.start();
  }

  @Override
  public void close() throws IOException {
    server.stop();
  }

  /** The settings of a job that writes here. */
  public Map<String, String> settings() {
    return Map.of(
        "speed.sinks",
        "[delta, redis]",
        "speed.redis.port",
        String.valueOf(port),
        "speed.redis.password",
        "{{env/PATH}}");
  }

  /** Has the sink write rows as one micro-batch. */
  public void sink(TestLake lake, Row... rows) {
    View view = new LayeredRows(lake).view();
    RedisSink.open(view, TestSpark.settings(settings()).speed().redis())
        .call(
            lake.spark()
                .createDataFrame(List.of(rows), lake.lake().speedView(view).schema())
                .withColumn(View.COMPUTED_AT, col(View.WINDOW_END)),
            0L);
  }

  public Jedis client() {
    return new Jedis(
        new HostAndPort("localhost", port),
        DefaultJedisClientConfig.builder().password(PASSWORD).build());
  }
}
