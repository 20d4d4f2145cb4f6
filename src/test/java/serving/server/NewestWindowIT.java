package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.session.Session;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import redis.clients.jedis.Jedis;
import testing.LayeredRows;
import testing.SinkRedis;
import testing.TestLake;

/** The newest window of a key over HTTP, from a real redis-server and from the lake. */
class NewestWindowIT {
  private static final String NEWEST = "/v1/views/device_metrics/newest";
  private static final String NASTY = "a\r\nDEL x {y}:z|../*?[b]%20ü";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static TestLake written;

  private LayeredRows rows;
  private SinkRedis redis;
  private LakeServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void theLakeHasBothLayers() {
    written = new TestLake(folder.resolve("lake"));
    LayeredRows both = new LayeredRows(written).create();
    both.batch(both.row("a", "10:00", 1), both.row("silent", "10:00", 2));
    both.speed(
        both.row("a", "10:01", 10),
        both.row("a", "10:02", 20),
        both.row(NASTY, "10:01", 3),
        both.row(NASTY, "10:02", 4));
    both.boundary("10:01");
  }

  @BeforeEach
  void start() throws Exception {
    rows = new LayeredRows(written);
    redis = SinkRedis.start();
    server = serve(Map.of());
  }

  @AfterEach
  void stop() throws Exception {
    server.close();
    redis.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", NASTY})
  void aRowFromRedisHasTheFormOfTheSameRowFromTheLake(String key) throws Exception {
    sink(rows.row("a", "10:01", 10), rows.row("a", "10:02", 20));
    sink(rows.row(NASTY, "10:01", 3), rows.row(NASTY, "10:02", 4), rows.row("b", "10:09", 5));

    JsonNode answer = newest(key);

    assertThat(answer.path("store").asText()).isEqualTo("redis");
    assertThat(answer.has("redis")).isFalse();
    assertThat(answer.path("computed_at").asText()).startsWith("2026-01-31T");
    JsonNode all = json("/v1/views/device_metrics/rows?key=" + encoded(key));
    JsonNode last = all.path("rows").get(all.path("rows").size() - 1);
    assertThat(answer.path("row")).isEqualTo(last);
    assertThat(last.path("source").asText()).isEqualTo("speed");
    assertThat(last.path("device_id").asText()).isEqualTo(key);
  }

  @Test
  void aKeyThatRedisHasForgottenComesFromTheLake() throws Exception {
    JsonNode answer = newest("silent");

    assertThat(answer.path("store").asText()).isEqualTo("lake");
    assertThat(answer.path("redis").asText()).isEqualTo("no-window");
    assertThat(answer.path("row").path("event_count").asLong()).isEqualTo(2);
    assertThat(answer.path("row").path("source").asText()).isEqualTo("batch");
  }

  @Test
  void withoutTheSinkTheNewestRowOfTheLakeIsTheAnswer() throws Exception {
    server.close();
    server = serve(Map.of("speed.sinks", "[delta]"));

    HttpResponse<String> answer = get(NEWEST + "?key=device_id=a");

    assertThat(answer.headers().firstValue("Lake-Version")).isPresent();
    JsonNode json = JSON.readTree(answer.body());
    assertThat(json.path("redis").asText()).isEqualTo("not-a-sink");
    assertThat(json.path("row").path("window_start").asText()).isEqualTo("2026-01-31T10:02:00Z");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nobody",
        "",
        "*",
        "a}",
        "{a}",
        "a:recent",
        "a|",
        ".61",
        "a' OR '1'='1",
        "../device_metrics/a",
        "x\r\nFLUSHALL\r\n",
        "\u0000"
      })
  void aKeyWithoutWindowsIsNotFoundWhateverItContains(String key) throws Exception {
    sink(rows.row("a", "10:02", 20));

    HttpResponse<String> missing = get(NEWEST + "?key=" + encoded(key));

    assertThat(missing.statusCode()).as(missing.body()).isEqualTo(404);
    assertThat(missing.headers().firstValue("Content-Type")).hasValue(Problem.MEDIA_TYPE);
    assertThat(newest("a").path("store").asText()).isEqualTo("redis");
  }

  @ParameterizedTest
  @CsvSource({
    "'', none for [device_id]",
    "?key=a&key=b, two values for device_id",
    "?key=a&limit=1, Unknown parameter 'limit': expected one of [key]",
  })
  void aRequestNamesOneKey(String query, String problem) throws Exception {
    HttpResponse<String> refused = get(NEWEST + query);

    assertThat(refused.statusCode()).isEqualTo(400);
    assertThat(refused.body()).contains(problem, "OPTION_INVALID");
  }

  @Test
  void requestsAreAnsweredWhileRedisIsKilledAndComesBack() throws Exception {
    sink(rows.row("a", "10:02", 20));
    assertThat(newest("a").path("store").asText()).isEqualTo("redis");
    double before = fallbacks();

    List<CompletableFuture<HttpResponse<String>>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      if (i == 50) {
        redis.close();
      }

      answers.add(
          client.sendAsync(request(NEWEST + "?key=a"), HttpResponse.BodyHandlers.ofString()));
    }

    for (CompletableFuture<HttpResponse<String>> answer : answers) {
      assertThat(answer.get().statusCode()).as(answer.get().body()).isEqualTo(200);
      assertThat(answer.get().body()).contains("\"event_count\":20");
    }

    JsonNode away = newest("a");
    assertThat(away.path("store").asText()).isEqualTo("lake");
    assertThat(away.path("redis").asText()).isEqualTo("unavailable");
    assertThat(fallbacks()).isGreaterThan(before);

    redis.restart();
    sink(rows.row("a", "10:03", 30));
    JsonNode back = newest("a");
    for (int i = 0; i < 300 && !back.path("store").asText().equals("redis"); i++) {
      Thread.sleep(100);
      back = newest("a");
    }

    assertThat(back.path("row").path("event_count").asLong()).isEqualTo(30);
  }

  @Test
  void aRestartOfRedisBetweenTwoRequestsIsNotNoticed() throws Exception {
    sink(rows.row("a", "10:02", 20));
    assertThat(newest("a").path("store").asText()).isEqualTo("redis");
    redis.close();
    redis.restart();
    sink(rows.row("a", "10:02", 20));

    assertThat(newest("a").path("store").asText()).isEqualTo("redis");
  }

  @Test
  void aRedisThatAcceptsConnectionsButSaysNothingDoesNotHoldRequestsUp() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      server.close();
      server = serve(Map.of("speed.redis.port", String.valueOf(silent.getLocalPort())));

      for (int i = 0; i < 20; i++) {
        assertThat(newest("a").path("redis").asText()).isEqualTo("unavailable");
      }
    }
  }

  @Test
  void wrongCredentialsAreAFallbackThatDoesNotTellThem() throws Exception {
    server.close();
    server = serve(Map.of("speed.redis.password", "{{env/HOME}}"));

    HttpResponse<String> answer = get(NEWEST + "?key=a");

    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body())
        .contains("\"redis\":\"unavailable\"")
        .doesNotContain(System.getenv("HOME"));
  }

  @Test
  void whatTheSinkHasNotWrittenIsNotServed() throws Exception {
    try (Jedis jedis = redis.client()) {
      jedis.set("lambda:device_metrics:{a}", "a string");
      jedis.hset("lambda:device_metrics:{silent}", Map.of("event_count", "many"));
    }

    for (String key : List.of("a", "silent")) {
      assertThat(newest(key).path("redis").asText()).isEqualTo("unavailable");
    }
  }

  private LakeServer serve(Map<String, String> replaced) throws Exception {
    Map<String, String> settings = new HashMap<>(redis.settings());
    settings.putAll(replaced);
    TestLake lake = new TestLake(folder.resolve("lake"), settings);
    return LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  private void sink(Row... rows) {
    redis.sink(written, rows);
  }

  private double fallbacks() throws Exception {
    return get("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith("lambda_http_redis_fallbacks_total{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private JsonNode newest(String key) throws Exception {
    return json(NEWEST + "?key=" + encoded(key));
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> get(String path) throws Exception {
    return client.send(request(path), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
        .timeout(Duration.ofSeconds(60))
        .build();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, UTF_8).replace("+", "%20");
  }
}
