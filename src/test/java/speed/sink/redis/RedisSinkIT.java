package speed.sink.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.metrics.View;
import common.secrets.Secret;
import common.settings.RedisSettings;
import demo.LocalBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import redis.clients.jedis.DefaultJedisClientConfig;
import redis.clients.jedis.HostAndPort;
import redis.clients.jedis.Jedis;
import redis.embedded.RedisServer;
import testing.Checkpoints;
import testing.Pipeline;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestCertificate;
import testing.TestLake;

/** The Redis sink in real streams, against a real redis-server. */
class RedisSinkIT {
  private static final String PASSWORD = "a-password-of-the-test";
  private static final String DEVICE = "lambda:device_metrics:{d}";

  @TempDir private Path folder;
  private TestLake lake;
  private View minutes;
  private int port;
  private RedisServer server;

  @BeforeEach
  void start() throws Exception {
    lake = new TestLake(folder);
    minutes = lake.view("device_metrics");
    port = LocalBroker.freePort();
    server = server();
  }

  @AfterEach
  void stop() throws IOException {
    server.stop();
  }

  @Test
  void theHashHasTheNewestWindowAndTheSetTheRecentOnes() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, redis(PASSWORD, 2));
    stream.add(List.of(event("1", "10:00:10", 20), event("2", "10:01:10", 30)));
    query.processAllAvailable();
    stream.add(List.of(event("3", "10:00:50", 40)));
    query.processAllAvailable();

    try (Jedis jedis = jedis()) {
      assertThat(jedis.hgetAll(DEVICE))
          .containsEntry("window_start", "2026-01-31T10:01:00.000000Z")
          .containsEntry("event_count", "1")
          .containsEntry("max_temperature", "30.0")
          .doesNotContainKeys("total_energy", "avg_temperature__sum");
      assertThat(recent(jedis))
          .hasSize(2)
          .first()
          .asString()
          .contains("\"window_start\":\"2026-01-31T10:00:00.000000Z\"", "\"event_count\":2");
      assertThat(jedis.pttl(DEVICE)).isBetween(1L, Duration.ofHours(1).toMillis());
      assertThat(jedis.pttl(DEVICE + ":recent")).isPositive();

      stream.add(List.of(event("4", "10:02:10", 50)));
      query.processAllAvailable();
      query.stop();

      assertThat(jedis.hget(DEVICE, "window_start")).isEqualTo("2026-01-31T10:02:00.000000Z");
      assertThat(recent(jedis)).hasSize(2).noneMatch(window -> window.contains("T10:00:00.0"));
    }
  }

  @Test
  void aMicroBatchThatRunsAgainAfterAKillChangesNothing() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery first = start(stream, redis(PASSWORD, 10));
    stream.add(List.of(event("1", "10:00:10", 20)));
    first.processAllAvailable();
    stream.add(List.of(event("2", "10:00:20", 30)));
    first.processAllAvailable();
    first.stop();
    Map<String, String> before = hash();
    Checkpoints.removeLastCommit(folder.resolve("checkpoint"));

    StreamingQuery again = start(stream, redis(PASSWORD, 10));
    again.processAllAvailable();
    again.stop();

    assertThat(hash()).isEqualTo(before).containsEntry("event_count", "2");
    try (Jedis jedis = jedis()) {
      assertThat(recent(jedis)).hasSize(1);
    }
  }

  @Test
  void aServerThatComesBackIsWaitedFor() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, redis(PASSWORD, 10));
    stream.add(List.of(event("1", "10:00:10", 20)));
    query.processAllAvailable();
    server.stop();
    stream.add(List.of(event("2", "10:00:20", 30)));
    CompletableFuture<Void> done = CompletableFuture.runAsync(query::processAllAvailable);
    TimeUnit.SECONDS.sleep(2);
    assertThat(done).isNotDone();

    server = server();
    done.get(1, TimeUnit.MINUTES);
    query.stop();

    assertThat(hash()).containsEntry("event_count", "2");
  }

  @Test
  void aServerThatStaysAwayOrRefusesIsOneClearLineWithoutThePassword() throws Exception {
    assertThatThrownBy(() -> RedisSink.open(minutes, redis("wrong-" + PASSWORD, 10)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("rejected the credentials: correct speed.redis.password")
        .hasMessageNotContaining("wrong-");
    assertThatThrownBy(() -> RedisSink.open(minutes, redis("", 10)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("rejected the credentials");
    server.stop();
    assertThatThrownBy(() -> RedisSink.open(minutes, redis(PASSWORD, 10)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("Redis at localhost:" + port + " is unreachable");
  }

  @Test
  void azuresWayIsTlsWithAPasswordAndACertificateThatNamesTheHost() throws Exception {
    TestCertificate certificate = TestCertificate.trusted();
    int tlsPort = LocalBroker.freePort();
    RedisServer tls =
        RedisServer.newRedisServer()
            .port(LocalBroker.freePort())
            .setting("tls-port " + tlsPort)
            .setting("tls-cert-file " + certificate.certificatePem())
            .setting("tls-key-file " + certificate.keyPem())
            .setting("tls-auth-clients no")
            .setting("requirepass " + PASSWORD)
            .build();
    tls.start();
    try {
      RedisSink.open(minutes, overTls("localhost", tlsPort));
      assertThatThrownBy(() -> RedisSink.open(minutes, overTls("127.0.0.2", tlsPort)))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("is unreachable over TLS");
    } finally {
      tls.stop();
    }
  }

  @Test
  void theJobKeepsDeltaAndRedisSideBySide() throws Exception {
    Map<String, String> settings =
        Map.of(
            "speed.sinks",
            "[delta, redis]",
            "speed.redis.port",
            String.valueOf(port),
            "speed.redis.password",
            "");
    server.stop();
    server = RedisServer.newRedisServer().port(port).build();
    server.start();
    try (Pipeline pipeline = new Pipeline(folder.resolve("pipeline"), settings)) {
      pipeline.send(
          event("1", "10:00:10", 20),
          event("2", "10:00:20", 30),
          Records.event("3", "a key: with {all}|of/it", "2026-01-31T10:00:30Z", 1));
      pipeline.speed(minutes);

      assertThat(pipeline.lake().lake().speedView(minutes).read().count()).isEqualTo(2);
    }

    try (Jedis jedis = new Jedis("localhost", port)) {
      assertThat(jedis.hgetAll(DEVICE)).containsEntry("event_count", "2");
      assertThat(jedis.hgetAll("lambda:device_metrics:{a.20key.3A.20with.20.7Ball.7D.7Cof.2Fit}"))
          .containsEntry("device_id", "a key: with {all}|of/it");
    }
  }

  private RedisServer server() throws IOException {
    RedisServer redis =
        RedisServer.newRedisServer().port(port).setting("requirepass " + PASSWORD).build();
    redis.start();
    return redis;
  }

  private StreamingQuery start(RecordStream stream, RedisSettings redis) throws Exception {
    return SpeedStream.of(
            stream,
            minutes,
            lake.settings().maxFutureSkew(),
            Duration.ofMinutes(2),
            folder.resolve("checkpoint"),
            RedisSink.open(minutes, redis))
        .start();
  }

  private RedisSettings redis(String password, int recentWindows) {
    return redis("localhost", port, false, password, recentWindows, Duration.ofMinutes(1));
  }

  private static RedisSettings overTls(String host, int port) {
    return redis(host, port, true, PASSWORD, 10, Duration.ofSeconds(1));
  }

  private static RedisSettings redis(
      String host, int port, boolean tls, String password, int recentWindows, Duration patience) {
    return new RedisSettings(
        host,
        port,
        tls,
        "",
        new Secret(password),
        "lambda",
        Duration.ofHours(1),
        recentWindows,
        Duration.ZERO,
        patience);
  }

  private Jedis jedis() {
    return new Jedis(
        new HostAndPort("localhost", port),
        DefaultJedisClientConfig.builder().password(PASSWORD).build());
  }

  private Map<String, String> hash() {
    try (Jedis jedis = jedis()) {
      Map<String, String> hash = new TreeMap<>(jedis.hgetAll(DEVICE));
      assertThat(hash.remove(View.COMPUTED_AT)).isNotNull();
      return hash;
    }
  }

  private static List<String> recent(Jedis jedis) {
    return jedis.zrange(DEVICE + ":recent", 0, -1);
  }

  private static String event(String id, String time, double temperature) {
    return Records.event(id, "d", "2026-01-31T%sZ".formatted(time), temperature);
  }
}
