package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.command.OutputFormat;
import common.lake.Boundaries;
import common.ops.StreamAccount.Split;
import common.session.Session;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.Socket;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.Yaml;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import testing.Commands;
import testing.InProcess;
import testing.LayeredRows;
import testing.OperationRecords;
import testing.TestLake;

class LakeServerIT {
  private static final String VIEW = "/v1/views/device_metrics";
  private static final String NASTY = "it's \"x\"; %20 / ü";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path original;
  private static TestLake written;

  @TempDir private Path folder;
  private TestLake lake;
  private LayeredRows rows;
  private LakeServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeAll
  static void bothLayersOverlap() {
    written = new TestLake(original);
    LayeredRows rows = new LayeredRows(written).create();
    rows.overlapping(NASTY);
  }

  @BeforeEach
  void copy() throws Exception {
    written.copy(folder.resolve("a lake"));
    start(Map.of());
  }

  private void start(Map<String, String> settings) throws Exception {
    lake = new TestLake(folder.resolve("a lake"), settings);
    rows = new LayeredRows(lake);
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  /** Spark's results are the reference. */
  @ParameterizedTest
  @CsvSource({"exact, 5", "any, 7", "latest, 8"})
  void answersAreThoseOfSpark(Accuracy accuracy, int lines) throws Exception {
    RowFilter all = new RowFilter(Optional.empty(), Optional.empty());
    RowFilter some =
        new RowFilter(
            Optional.of(LayeredRows.time("10:00")), Optional.of(LayeredRows.time("10:02")));

    String path = VIEW + "/rows?accuracy=" + accuracy;
    assertThat(csv(path)).isEqualTo(spark(accuracy, all)).hasLineCount(lines);
    assertThat(csv(path + "&from=2026-01-31T10:00:00Z&to=2026-01-31T10:02:00Z"))
        .isEqualTo(spark(accuracy, some));
    assertThat(csv(path + "&key=" + encoded(NASTY)))
        .isEqualTo(spark(accuracy, all.withKey(rows.view(), NASTY)))
        .hasLineCount(accuracy == Accuracy.exact ? 2 : 3);
    assertThat(csv(path + "&from=2027-01-01")).hasLineCount(1);
    assertThat(command(List.of("--accuracy", accuracy.name(), "--output", "csv")))
        .isEqualTo(spark(accuracy, all));
    assertThat(
            command(
                List.of(
                    "--accuracy",
                    accuracy.name(),
                    "--output",
                    "csv",
                    "--key",
                    "a",
                    "--to",
                    "2026-01-31T10:02:00Z")))
        .isEqualTo(
            spark(accuracy, new RowFilter(Optional.empty(), some.to()).withKey(rows.view(), "a")))
        .doesNotContain("b,");
  }

  @ParameterizedTest
  @EnumSource(OutputFormat.class)
  void theCommandGetsAllPagesFromAServerInEachFormat(OutputFormat format) throws Exception {
    server.close();
    start(Map.of("serve.max-rows", "2"));
    String address = "http://127.0.0.1:" + server.port();

    for (String accuracy : List.of("any", "exact")) {
      List<String> options = List.of("--accuracy", accuracy, "--output", format.name());
      List<String> remote = new ArrayList<>(options);
      remote.addAll(List.of("--server", address));
      assertThat(command(remote)).isEqualTo(command(options));
    }

    assertThat(command(List.of("--output", format.name(), "--key", NASTY, "--server", address)))
        .isEqualTo(command(List.of("--output", format.name(), "--key", NASTY)));
  }

  @Test
  void theCommandReportsWhatAServerRefusesAndThatThereIsNone() throws Exception {
    String address = "http://127.0.0.1:" + server.port();
    server.close();
    String[] command = {"query", "--view", "device_metrics", "--server", address};

    Commands.Result unreachable = InProcess.run(command);
    assertThat(unreachable.exitCode()).isEqualTo(1);
    assertThat(unreachable.err()).contains("SERVER_UNREACHABLE", address).hasLineCount(1);

    start(Map.of("serve.token", "{{env/PATH}}"));
    command[4] = "http://127.0.0.1:" + server.port() + "/";
    Commands.Result refused = InProcess.run(command);
    assertThat(refused.err()).contains("SERVER_REFUSED", "401: This server requires a token");
    assertThat(
            InProcess.done(
                "query",
                "--view",
                "device_metrics",
                "--server",
                command[4],
                "-D",
                "serve.token={{env/PATH}}"))
        .contains("rows)");
    assertThat(
            InProcess.run("query", "--view", "device_metrics", "--server", "localhost:8080").err())
        .contains("expected an address such as http://localhost:8080");
  }

  /** Either would take longer than everything else that the command does. */
  @Test
  void theCommandStartsNeitherSparkNorLogging(@TempDir Path folder) throws Exception {
    Path classes = folder.resolve("classes");
    Commands.Result result =
        new Commands(folder)
            .start(
                Map.of("DRIVER_JAVA_OPTIONS", "-Xlog:class+load:file=" + classes),
                "query",
                "--view",
                "device_metrics",
                "--server",
                "http://127.0.0.1:" + server.port())
            .end();

    assertThat(result.err()).isEmpty();
    assertThat(result.out()).contains("rows)");
    assertThat(Files.readString(classes))
        .contains("serving.query.ServerQuery ")
        .doesNotContain(
            "org.apache.spark.SparkContext",
            "org.apache.spark.sql.catalyst.parser",
            "org.apache.logging",
            "com.azure");
  }

  @Test
  void aMistakeOfTheUserHasTheSameCodeAsWithoutAServer() throws Exception {
    String[] unknown = {"query", "--view", "nope"};
    String[] reversed = {
      "query",
      "--view",
      "device_metrics",
      "--from",
      "2026-01-02T00:00:00Z",
      "--to",
      "2026-01-01T00:00:00Z"
    };
    for (String[] mistaken : List.of(unknown, reversed)) {
      List<String> remote = new ArrayList<>(List.of(mistaken));
      remote.addAll(List.of("--server", "http://127.0.0.1:" + server.port()));
      Commands.Result there = InProcess.run(remote.toArray(String[]::new));
      Commands.Result here = InProcess.run(mistaken);

      assertThat(there.exitCode()).isEqualTo(here.exitCode()).isEqualTo(2);
      assertThat(code(there)).isEqualTo(code(here));
    }
  }

  private static String code(Commands.Result failed) {
    return failed.err().substring(failed.err().lastIndexOf('['));
  }

  @Test
  void pagesGoOnWhereTheyEndedAlsoAfterACommit() throws Exception {
    Set<String> seen = new HashSet<>();
    List<String> order = new ArrayList<>();
    Optional<String> cursor = Optional.empty();
    do {
      JsonNode page = json(VIEW + "/rows?limit=2" + cursor.map("&cursor="::concat).orElse(""));
      page.path("rows")
          .forEach(
              row -> order.add(row.path("device_id").asText() + row.path("window_start").asText()));
      cursor = Optional.ofNullable(page.get("next")).map(JsonNode::asText);
      if (seen.isEmpty()) {
        rows.batch(rows.row("0", "10:00", 1), rows.row("z", "10:00", 1));
        while (json(VIEW + "/rows?key=z").path("rows").isEmpty()) {
          Thread.sleep(50);
        }
      }

      seen.addAll(order);
    } while (cursor.isPresent());

    assertThat(order).doesNotHaveDuplicates().isSorted();
    assertThat(order).anyMatch(row -> row.startsWith("z")).noneMatch(row -> row.startsWith("0"));
  }

  @Test
  void aBoundaryThatMovesIsVisibleToo() throws Exception {
    assertThat(json(VIEW).path("boundary").asText()).isEqualTo("2026-01-31T10:01:00Z");
    Thread.sleep(1_500);
    assertThat(json(VIEW).path("boundary").asText()).isEqualTo("2026-01-31T10:01:00Z");

    new Boundaries(lake.lake())
        .publish(
            rows.view(),
            LayeredRows.time("10:02"),
            Boundaries.Origin.manual,
            Instant.now(),
            Duration.ZERO);

    Thread.sleep(1_500);
    assertThat(json(VIEW).path("boundary").asText()).isEqualTo("2026-01-31T10:02:00Z");
    assertThat(csv(VIEW + "/rows"))
        .isEqualTo(spark(Accuracy.any, new RowFilter(Optional.empty(), Optional.empty())));
  }

  @Test
  void aCommitIsVisibleWithinTwoSecondsAndUntilThenNothingIsSentAgain() throws Exception {
    HttpResponse<String> first = get(VIEW + "/rows");
    String tag = first.headers().firstValue("ETag").orElseThrow();
    HttpResponse<String> same = get(VIEW + "/rows", "If-None-Match", tag);
    assertThat(same.statusCode()).isEqualTo(304);
    assertThat(same.body()).isEmpty();

    rows.speed(rows.row("new", "10:30", 5));
    Thread.sleep(2_000);

    HttpResponse<String> next = get(VIEW + "/rows", "If-None-Match", tag);
    assertThat(next.statusCode()).isEqualTo(200);
    assertThat(next.body()).contains("\"device_id\":\"new\"");
  }

  @Test
  void listenersAreToldAboutACommit() throws Exception {
    HttpResponse<InputStream> stream =
        client.send(
            request(VIEW + "/changes", "Accept", "text/event-stream"),
            HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      assertThat(versions(lines)).contains("speed 1");
      rows.speed(rows.row("new", "10:30", 5));
      assertThat(versions(lines)).contains("speed 2");
    }
  }

  @Test
  void aListenerHearsFromTheServerEvenIfNothingChanges() throws Exception {
    HttpResponse<InputStream> stream =
        client.send(
            request(VIEW + "/changes", "Accept", "text/event-stream"),
            HttpResponse.BodyHandlers.ofInputStream());
    try (BufferedReader lines = new BufferedReader(new InputStreamReader(stream.body(), UTF_8))) {
      assertThat(lines.lines().anyMatch(line -> line.startsWith(":"))).isTrue();
    }
  }

  private static String versions(BufferedReader lines) throws Exception {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith("data: batch")) {
        return line;
      }
    }

    throw new AssertionError("the stream ended");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/rows?limit=0",
        "/rows?limit=10001",
        "/rows?limit=1;DROP",
        "/rows?limit=1&limit=2",
        "/rows?from=yesterday",
        "/rows?from=2026-01-31&to=2026-01-31",
        "/rows?from=2026-01-31'--",
        "/rows?accuracy=best",
        "/rows?key=a&key=b",
        "/rows?cursor=x",
        "/rows?cursor=WyJhIl0",
        "/rows?cursor=WyJhIixudWxsXQ",
        "/rows?cursor=WyJhIiwibm8gdGltZSJd"
      })
  void aWrongParameterIsExplained(String path) throws Exception {
    HttpResponse<String> refused = get(VIEW + path.replace("'", "%27").replace(";", "%3B"));

    assertThat(refused.statusCode()).as(refused.body()).isEqualTo(400);
    assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
    assertThat(JSON.readTree(refused.body()).path("code").asText()).isEqualTo("OPTION_INVALID");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a' OR '1'='1",
        "a\"; DROP TABLE x; --",
        "$1",
        "device_id=x' UNION SELECT 1 --",
        "../../etc/passwd",
        "\u0000",
        "%"
      })
  void aKeyIsNeverSql(String key) throws Exception {
    HttpResponse<String> answer = get(VIEW + "/rows?key=" + encoded(key));

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(JSON.readTree(answer.body()).path("rows")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/views/nope",
        "/v1/views/nope/rows",
        "/v1/views/user_activity_summary/rows",
        "/v1/views/..%2F..%2Fetc%2Fpasswd",
        "/v1/nothing",
        "/..%2f..%2fpom.xml",
        "/web/../../pom.xml",
        "/uplot/../../../META-INF/MANIFEST.MF"
      })
  void whatIsNotThereIsNotFound(String path) throws Exception {
    HttpResponse<String> missing = get(path);

    assertThat(missing.statusCode()).as(missing.body()).isIn(400, 404);
    assertThat(missing.body()).doesNotContain(folder.toString(), "Exception", "root:");
  }

  @Test
  void aViewTellsItsDefinitionAndTheStateOfItsLayers() throws Exception {
    JsonNode view = json(VIEW);

    assertThat(view.path("keys").get(0).asText()).isEqualTo("device_id");
    assertThat(view.path("columns").get(0).toString())
        .isEqualTo("{\"name\":\"device_id\",\"type\":\"string\"}");
    assertThat(view.path("columns").findValuesAsText("name"))
        .isEqualTo(QueryRouter.columns(rows.view()));
    assertThat(view.path("boundary").asText()).isEqualTo("2026-01-31T10:01:00Z");
    assertThat(view.path("oldest").asText()).isEqualTo("2026-01-31T10:00:00Z");
    assertThat(view.path("newest").asText()).isEqualTo("2026-01-31T10:05:00Z");
    assertThat(view.path("levels").path("rules").get(0).path("level").asText())
        .isEqualTo("HIGH_TEMP");
    assertThat(json("/v1/views").findValuesAsText("name"))
        .contains("device_metrics", "user_activity_summary");
    assertThat(json("/v1/views/user_activity_summary").has("newest")).isFalse();
    assertThat(json(VIEW + "/runs")).isEmpty();
    assertThat(json("/v1/alerts?open=true")).isEmpty();
    assertThat(get("/readyz").body()).isEqualTo("ready\n");
  }

  @Test
  void theHealthChecksRunInTheBackground() throws Exception {
    assertThat(get(VIEW + "/rows").statusCode()).isEqualTo(200);
    Instant deadline = Instant.now().plusSeconds(120);
    HttpResponse<String> answer = get("/v1/status");
    while (answer.statusCode() == 503 && Instant.now().isBefore(deadline)) {
      assertThat(answer.headers().firstValue("Retry-After")).isPresent();
      Thread.sleep(200);
      answer = get("/v1/status");
    }

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(json(VIEW + "/status").path("checks").findValuesAsText("view"))
        .contains("device_metrics")
        .doesNotContain("user_activity_summary");
    assertThat(json("/v1/status").path("checks"))
        .anySatisfy(
            check -> {
              assertThat(check.path("check").asText()).isEqualTo("query-latency");
              assertThat(Duration.parse(check.path("value").asText())).isPositive();
              assertThat(check.path("limit").asText()).isEqualTo("at most PT0.1S");
            });
  }

  @Test
  void theLedgerAndTheReconciliationsOfAView() throws Exception {
    assertThat(json(VIEW + "/ledger").path("queries")).isEmpty();
    assertThat(json(VIEW + "/reconciliations")).isEmpty();
    OperationRecords records = new OperationRecords(lake);
    Instant now = Instant.now();
    records.ledger(
        records.speed(now, new Split(10, 6, 1, 2, 1), 4),
        records.of("ingest", now, new Split(10, 9, 0, 0, 1)),
        records.of("speed user_activity_summary delta", now, new Split(1, 1, 0, 0, 0)));
    records.reconciliation(now.minusSeconds(60), 0);
    records.reconciliation(now, 2);
    server.close();
    start(Map.of());

    JsonNode ledger = json(VIEW + "/ledger");
    assertThat(ledger.path("interval").asText()).isEqualTo("PT10M");
    assertThat(ledger.path("queries").findValuesAsText("query"))
        .containsExactly("ingest", "speed device_metrics delta");
    JsonNode speed = ledger.path("queries").get(1);
    assertThat(speed.path("sink").asText()).isEqualTo("delta");
    assertThat(Instant.parse(speed.path("intervals").get(0).path("start").asText()))
        .isBetween(now.minusSeconds(600), now);
    assertThat(speed.path("intervals").get(0).toString())
        .endsWith(
            "\"micro_batches\":1,\"read\":10,\"counted\":6,\"duplicate\":1,\"late\":2,\"rejected\":1,\"unknown\":0,\"out_of_order\":4}");

    JsonNode reconciliations = json(VIEW + "/reconciliations");
    assertThat(reconciliations.findValuesAsText("unexplained")).containsExactly("2", "0");
    assertThat(reconciliations.get(0).path("causes").toString())
        .isEqualTo("{\"late beyond the watermark\":3}");
    assertThat(reconciliations.get(0).path("measures").get(0).path("p99").asDouble())
        .isEqualTo(0.25);
  }

  @Test
  void theApiDocumentHasEveryRouteAndNoOther() throws Exception {
    HttpResponse<String> description = get("/openapi.yaml");
    assertThat(description.headers().firstValue("Content-Type")).contains("application/yaml");
    Map<String, Object> document = new Yaml().load(description.body());

    assertThat(document).containsEntry("openapi", "3.1.0");
    @SuppressWarnings("unchecked")
    Map<String, Object> paths = (Map<String, Object>) document.get("paths");
    assertThat(paths.keySet()).containsExactlyInAnyOrderElementsOf(server.routes());
    for (Map.Entry<String, Object> path : paths.entrySet()) {
      String known =
          JSON
              .valueToTree(path.getValue())
              .path("get")
              .path("parameters")
              .findParents("in")
              .stream()
              .filter(parameter -> parameter.path("in").asText().equals("query"))
              .map(parameter -> parameter.path("name").asText())
              .sorted()
              .collect(joining(", "));
      HttpResponse<String> refused =
          get(
              path.getKey().replace("{view}", "device_metrics") + "?limti=1",
              "Accept",
              "text/event-stream");
      assertThat(refused.statusCode()).as(path.getKey()).isEqualTo(400);
      assertThat(JSON.readTree(refused.body()).path("detail").asText())
          .isEqualTo(
              "Unknown parameter 'limti': expected "
                  + (known.isEmpty() ? "none" : "one of [%s]".formatted(known)));
    }
  }

  @Test
  void everyAnswerForbidsWhatThePageDoesNotNeed() throws Exception {
    get(VIEW + "/rows");
    for (String path :
        List.of(
            "/",
            "/page.js",
            "/uplot/dist/uPlot.iife.min.js",
            "/v1/views",
            "/nope",
            VIEW + "/rows?limit=0")) {
      HttpResponse<String> answer = get(path);
      assertThat(answer.headers().firstValue("Content-Security-Policy"))
          .as(path)
          .hasValueSatisfying(
              policy ->
                  assertThat(policy).startsWith("default-src 'none'").doesNotContain("unsafe"));
      assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
      assertThat(answer.headers().firstValue("Server")).isEmpty();
    }

    assertThat(get("/").body()).contains("<title>Lambda analytics</title>");
    assertThat(get("/metrics").body())
        .contains("lambda_http_request_duration_seconds_count{route=\"/v1/views/{view}/rows\"");
  }

  @Test
  void withATokenNothingIsAnsweredWithoutIt() throws Exception {
    server.close();
    start(Map.of("serve.token", "{{env/PATH}}"));

    for (String path :
        List.of(
            "/v1/views",
            VIEW + "/rows",
            VIEW + "/newest?key=a",
            "/v1/status",
            "/metrics",
            VIEW + "/changes")) {
      HttpResponse<String> refused = get(path);
      assertThat(refused.statusCode()).as(path).isEqualTo(401);
      assertThat(refused.body()).contains("requires a token").doesNotContain("device_metrics");
      assertThat(get(path, "Authorization", "Bearer wrong").statusCode()).isEqualTo(401);
    }

    assertThat(get("/").statusCode()).isEqualTo(200);
    assertThat(get("/healthz").statusCode()).isEqualTo(200);
    assertThat(get("/v1/views", "Authorization", "Bearer " + System.getenv("PATH")).statusCode())
        .isEqualTo(200);
  }

  /** A web page whose host name resolves to this server (DNS rebinding) must not read anything. */
  @Test
  void aRequestForAnotherNameIsRefused() throws Exception {
    try (Socket socket = new Socket("127.0.0.1", server.port())) {
      socket
          .getOutputStream()
          .write(
              "GET /v1/views HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
                  .getBytes(UTF_8));
      assertThat(new String(socket.getInputStream().readAllBytes(), UTF_8))
          .startsWith("HTTP/1.1 421")
          .doesNotContain("device_metrics");
    }
  }

  @Test
  void aListenerIsCheckedBeforeItsStreamBegins() throws Exception {
    assertThat(get("/v1/views/nope/changes", "Accept", "text/event-stream").statusCode())
        .isEqualTo(404);
    assertThat(get(VIEW + "/changes").statusCode()).isEqualTo(406);
  }

  @Test
  void anErrorHasNoTagThatWouldHideLaterAnswers() throws Exception {
    HttpResponse<String> failed = get(VIEW + "/rows?cursor=WyJhIiwibm8gdGltZSJd");

    assertThat(failed.statusCode()).isEqualTo(400);
    assertThat(failed.headers().firstValue("ETag")).isEmpty();
  }

  @Test
  void tooManyRequestsAreRefused() throws Exception {
    server.close();
    start(Map.of("serve.requests-per-minute", "3"));

    for (int i = 0; i < 3; i++) {
      assertThat(get("/v1/views").statusCode()).isEqualTo(200);
    }
    HttpResponse<String> refused = get("/v1/views");
    assertThat(refused.statusCode()).isEqualTo(429);
    assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
  }

  private String spark(Accuracy accuracy, RowFilter filter) throws Exception {
    Dataset<Row> answer =
        new QueryRouter(lake.spark(), lake.lake()).rows(rows.view(), accuracy, filter);
    StringWriter text = new StringWriter();
    OutputFormat.csv.print(answer.columns(), answer.toLocalIterator(), new PrintWriter(text));
    return text.toString();
  }

  private String command(List<String> options) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                "query",
                "--view",
                "device_metrics",
                "-D",
                "lake.root=" + folder.resolve("a lake")));
    words.addAll(options);
    return InProcess.done(words.toArray(String[]::new));
  }

  private String csv(String path) throws Exception {
    HttpResponse<String> answer = get(path, "Accept", "text/csv");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  private JsonNode json(String path) throws Exception {
    HttpResponse<String> answer = get(path);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return JSON.readTree(answer.body());
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    return client.send(request(path, headers), HttpResponse.BodyHandlers.ofString());
  }

  private HttpRequest request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .timeout(Duration.ofSeconds(60));
    return (headers.length == 0 ? request : request.headers(headers)).build();
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, UTF_8).replace("+", "%20");
  }
}
