package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.ops.StreamAccount.Split;
import common.session.Session;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import serving.query.SparkEngine;
import testing.LayeredRows;
import testing.OperationRecords;
import testing.TestLake;

/** Compares two servers of one lake: Spark and DuckDB give the same responses. */
class EnginesIT {
  private static final String VIEW = "/v1/views/device_metrics";
  private static final String NASTY = "it's \"x\"; %20 / ü";
  private static final Duration PATIENCE = Duration.ofMinutes(1);
  private static final HttpClient CLIENT = HttpClient.newHttpClient();

  @TempDir private static Path folder;
  private static TestLake lake;
  private static LayeredRows rows;
  private static LakeServer duckDb;
  private static LakeServer spark;

  @BeforeAll
  static void startBoth() throws Exception {
    lake =
        new TestLake(
            folder.resolve("it's a lake"), Map.of("serve.timeout", "1m", "serve.max-rows", "5"));
    rows = new LayeredRows(lake).create();
    rows.overlapping(NASTY);
    OperationRecords records = new OperationRecords(lake);
    records.ledger(records.speed(Instant.now(), new Split(10, 6, 1, 2, 1), 4));
    Session session = Session.running(lake.spark());
    duckDb = LakeServer.start(session, lake.settings(), "127.0.0.1", 0);
    spark =
        LakeServer.start(
            session,
            lake.settings(),
            "127.0.0.1",
            0,
            new SparkEngine(session, lake.lake(), PATIENCE));
  }

  @AfterAll
  static void stopBoth() {
    Stream.of(duckDb, spark).forEach(LakeServer::close);
  }

  @ParameterizedTest
  @ValueSource(strings = {"application/json", "application/x-ndjson", "text/csv"})
  void rowsAreAlikeInEveryFormat(String type) throws Exception {
    HttpResponse<String> answer = alike(VIEW + "/rows?limit=3", "Accept", type);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith(type);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/rows?accuracy=exact&limit=3",
        "/rows?accuracy=latest",
        "/rows?from=2026-01-31T10:00:00Z&to=2026-01-31T10:02:00Z",
        "/rows?key=a&limit=1",
        "/newest?key=a",
        "/rows?from=2027-01-01&accuracy=exact"
      })
  void everyAccuracyAndFilterSelectsTheSameRows(String path) throws Exception {
    HttpResponse<String> answer = alike(VIEW + path);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {NASTY, "a' OR '1'='1", "a\\' OR 1=1 --", "${spark.app.name}", "\u0000", "%"})
  void aKeyIsNeverSql(String key) throws Exception {
    String encoded = URLEncoder.encode(key, UTF_8).replace("+", "%20");
    HttpResponse<String> answer = alike(VIEW + "/rows?key=" + encoded);

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(answer).path("rows")).hasSize(key.equals(NASTY) ? 2 : 0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/rows?limit=6",
        "/rows?key=a&key=b",
        "/rows?cursor=WyJhIl0",
        "/rows?cursor=WyJhIiwibm8gdGltZSJd"
      })
  void aWrongParameterIsExplainedAlike(String path) throws Exception {
    HttpResponse<String> refused = alike(VIEW + path);

    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(json(refused).path("code").asText()).isEqualTo("OPTION_INVALID");
  }

  @Test
  void theWindowsOfAViewAndItsLedgerAreAlike() throws Exception {
    JsonNode view = json(get(spark, VIEW));
    for (String name : List.of("version", "boundary", "oldest", "newest")) {
      assertThat(view.path(name)).as(name).isEqualTo(json(get(duckDb, VIEW)).path(name));
    }

    assertThat(view.path("newest").asText()).isEqualTo("2026-01-31T10:05:00Z");
    assertThat(json(get(spark, VIEW + "/ledger")).path("queries"))
        .isEqualTo(json(get(duckDb, VIEW + "/ledger")).path("queries"))
        .hasSize(1);
    assertThat(alike("/v1/views/user_activity_summary/rows").statusCode()).isEqualTo(404);
  }

  @Test
  void pagesAndTagsFollowACommitAlike() throws Exception {
    HttpResponse<String> first = alike(VIEW + "/rows?limit=2");
    String tag = first.headers().firstValue("ETag").orElseThrow();
    assertThat(get(spark, VIEW + "/rows?limit=2", "If-None-Match", tag).statusCode())
        .isEqualTo(304);

    rows.batch(rows.row("0", "10:00", 1), rows.row("z", "10:00", 1));
    for (LakeServer server : List.of(duckDb, spark)) {
      while (json(get(server, VIEW + "/rows?key=z")).path("rows").isEmpty()) {
        Thread.sleep(50);
      }
    }

    assertThat(get(spark, VIEW + "/rows?limit=2", "If-None-Match", tag).statusCode())
        .isEqualTo(200);
    List<String> devices = new ArrayList<>();
    Optional<String> cursor = cursor(first);
    while (cursor.isPresent()) {
      HttpResponse<String> page = alike(VIEW + "/rows?limit=2&cursor=" + cursor.get());
      devices.addAll(json(page).path("rows").findValuesAsText("device_id"));
      cursor = cursor(page);
    }

    assertThat(devices).isSorted().contains("z").doesNotContain("0");
  }

  private static HttpResponse<String> alike(String path, String... headers) throws Exception {
    HttpResponse<String> expected = get(duckDb, path, headers);
    HttpResponse<String> answer = get(spark, path, headers);
    assertThat(answer.body()).isEqualTo(expected.body());
    assertThat(answer.statusCode()).isEqualTo(expected.statusCode());
    for (String name : List.of("Content-Type", "ETag", "Lake-Version", "Next-Cursor")) {
      assertThat(answer.headers().firstValue(name)).isEqualTo(expected.headers().firstValue(name));
    }

    return answer;
  }

  private static Optional<String> cursor(HttpResponse<String> page) throws Exception {
    return Optional.ofNullable(json(page).get("next")).map(JsonNode::asText);
  }

  private static JsonNode json(HttpResponse<String> answer) throws Exception {
    return new ObjectMapper().readTree(answer.body());
  }

  private static HttpResponse<String> get(LakeServer server, String path, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(PATIENCE);
    return CLIENT.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
