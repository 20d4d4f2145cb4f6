package azure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.Failure;
import common.metrics.View;
import common.secrets.Secret;
import common.settings.CosmosSettings;
import common.settings.Settings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import speed.Provision;
import speed.sink.cosmos.CosmosAccount;
import speed.sink.cosmos.CosmosSink;
import testing.Checkpoints;
import testing.FaultyProxy;
import testing.NodeServer;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestCertificate;
import testing.TestLake;
import testing.TestSpark;

/**
 * The Cosmos DB sink: Microsoft's connector in real streams, against a server that implements
 * Cosmos DB's REST API. The server requires no key and has no request units, so a proxy rejects
 * requests.
 */
class CosmosSinkIT {
  private static final String KEY =
      "QWNjb3VudEtleU9mVGhlVGVzdFdoaWNoTXVzdE5ldmVyU2hvd0luQW55UGxhbk9yRXJyb3JNZXNzYWdlISEhIQ==";
  private static NodeServer server;
  private static FaultyProxy proxy;
  private static int databases;

  @TempDir private Path folder;
  private TestLake lake;
  private View minutes;
  private String database;

  @BeforeAll
  static void startServer() throws Exception {
    server =
        NodeServer.start(
            "cosmos.js", TestCertificate.trusted().store().toString(), TestCertificate.PASSWORD);
    proxy = FaultyProxy.before(server.port());
  }

  @AfterAll
  static void stopServer() throws Exception {
    if (server != null) {
      proxy.close();
      server.close();
    }
  }

  @BeforeEach
  void container() {
    lake = new TestLake(folder);
    minutes = lake.view("device_metrics");
    database = "analytics" + databases++;
    Provision.create(TestSpark.session(), minutes, new CosmosAccount(cosmos(Map.of())));
  }

  @Test
  void aWindowIsADocumentThatLaterEventsOverwriteInPlace() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, Map.of());
    stream.add(List.of(event("1", "d", "10:00:10", 20), event("2", "d", "10:01:10", 30)));
    query.processAllAvailable();
    stream.add(List.of(event("3", "d", "10:00:50", 40)));
    query.processAllAvailable();
    query.stop();

    Map<String, JsonNode> documents = documents();
    assertThat(documents)
        .containsOnlyKeys("d|2026-01-31T10:00:00.000000Z", "d|2026-01-31T10:01:00.000000Z");
    JsonNode window = documents.get("d|2026-01-31T10:00:00.000000Z");
    assertThat(window.get("device_id").asText()).isEqualTo("d");
    assertThat(window.get("window_end").asText()).isEqualTo("2026-01-31T10:01:00.000000Z");
    assertThat(window.get("event_count").asLong()).isEqualTo(2);
    assertThat(window.get("max_temperature").asDouble()).isEqualTo(40);
    assertThat(window.get("unique_users").isNumber()).isTrue();
    assertThat(window.has("unique_users__sketch")).isFalse();
  }

  @Test
  void aMicroBatchThatRunsAgainAfterAKillChangesNothing() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery first = start(stream, Map.of());
    stream.add(List.of(event("1", "d", "10:00:10", 20), event("2", "e", "10:00:20", 30)));
    first.processAllAvailable();
    first.stop();
    Checkpoints.removeLastCommit(folder.resolve("checkpoint"));

    StreamingQuery again = start(stream, Map.of());
    again.processAllAvailable();
    again.stop();

    assertThat(documents())
        .hasSize(2)
        .allSatisfy(
            (id, document) -> assertThat(document.get("event_count").asLong()).isEqualTo(1));
  }

  @Test
  void idsHoldLegalCharactersAndTellKeysApart() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, Map.of());
    stream.add(
        List.of(
            event("1", "a/b", "10:00:10", 1),
            event("2", "a\\\\b", "10:00:10", 1),
            event("3", "a?b#c %2F", "10:00:10", 1),
            event("4", "a.2Fb", "10:00:10", 1),
            event("5", "gr\u00fcn", "10:00:10", 1),
            event("6", "x".repeat(2_000), "10:00:10", 1)));
    query.processAllAvailable();
    query.stop();

    assertThat(documents())
        .hasSize(6)
        .allSatisfy((id, document) -> assertThat(id).matches("[A-Za-z0-9_.|:-]{1,1023}"));
    assertThat(documents().get("a.2Fb|2026-01-31T10:00:00.000000Z").get("device_id").asText())
        .isEqualTo("a/b");
  }

  @Test
  void throttledAndUnavailableWritesAreTriedAgain() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, Map.of());
    proxy.refuse(5, 429, "POST", "/docs");
    stream.add(List.of(event("1", "d", "10:00:10", 20), event("2", "e", "10:00:20", 30)));
    query.processAllAvailable();
    assertThat(proxy.refused()).isEqualTo(5);
    proxy.refuse(2, 503, "POST", "/docs");
    stream.add(List.of(event("3", "d", "10:00:30", 20)));
    query.processAllAvailable();
    query.stop();

    assertThat(proxy.refused()).isEqualTo(2);
    assertThat(documents().get("d|2026-01-31T10:00:00.000000Z").get("event_count").asLong())
        .isEqualTo(2);
  }

  @Test
  void throttlingThatOutlastsTheClientsRetriesIsSatOut() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, Map.of());
    // Azure's client alone gives up after 30 seconds.
    proxy.refuseFor(Duration.ofSeconds(35), 429, "POST", "/docs");
    stream.add(List.of(event("1", "d", "10:00:10", 20), event("2", "e", "10:00:20", 30)));
    query.processAllAvailable();
    query.stop();

    assertThat(proxy.refused()).isGreaterThan(5);
    assertThat(documents()).hasSize(2);
  }

  @Test
  void aMistypedOptionAndAMissingContainerStopTheJobWithoutTheKey() throws Exception {
    assertThat(failureOf(Map.of("spark.cosmos.wriet.strategy", "x"), minutes))
        .contains("spark.cosmos.wriet.strategy")
        .doesNotContain(KEY);
    View other = lake.view("device_daily_metrics");
    assertThat(failureOf(Map.of(), other))
        .contains("run provision --view device_daily_metrics")
        .doesNotContain(KEY);
  }

  @Test
  void whatIsMissingIsNamedBeforeTheJobStarts() {
    CosmosSettings none = Settings.load(Optional.empty(), Map.of()).speed().cosmos();
    assertThatThrownBy(() -> new CosmosAccount(none))
        .isInstanceOf(Failure.class)
        .hasMessage("The Cosmos DB sink requires speed.cosmos.endpoint");
  }

  private String failureOf(Map<String, String> options, View view) throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, options, view);
    stream.add(List.of(event("1", "d", "10:00:10", 20)));
    try {
      query.processAllAvailable();
      throw new AssertionError("The query did not stop");
    } catch (Exception stopped) {
      StringWriter trace = new StringWriter();
      stopped.printStackTrace(new PrintWriter(trace));
      return trace.toString();
    }
  }

  private StreamingQuery start(RecordStream stream, Map<String, String> options) throws Exception {
    return start(stream, options, minutes);
  }

  private StreamingQuery start(RecordStream stream, Map<String, String> options, View view)
      throws Exception {
    return SpeedStream.of(
            stream,
            view,
            lake.settings().maxFutureSkew(),
            Duration.ofMinutes(2),
            folder.resolve(
                "checkpoint" + (options.isEmpty() ? "" : "2") + (view == minutes ? "" : "3")),
            new CosmosSink(view, new CosmosAccount(cosmos(options))))
        .start();
  }

  private CosmosSettings cosmos(Map<String, String> more) {
    Map<String, String> options = new HashMap<>(more);
    options.put("spark.cosmos.useGatewayMode", "true");
    return new CosmosSettings(
        "https://localhost:" + proxy.port() + "/",
        database,
        CosmosSettings.Auth.ACCOUNT_KEY,
        new Secret(KEY),
        "",
        "",
        "",
        "",
        new Secret(""),
        4000,
        Duration.ofDays(7),
        0,
        Duration.ZERO,
        options);
  }

  private Map<String, JsonNode> documents() throws Exception {
    HttpClient client = HttpClient.newBuilder().sslContext(TestCertificate.trusted().tls()).build();
    HttpResponse<String> answer =
        client.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "https://localhost:%d/dbs/%s/colls/device_metrics/docs"
                            .formatted(server.port(), database)))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    Map<String, JsonNode> documents = new TreeMap<>();
    for (JsonNode document : new ObjectMapper().readTree(answer.body()).get("Documents")) {
      documents.put(document.get("id").asText(), document);
    }

    return documents;
  }

  private static String event(String id, String device, String time, double temperature) {
    return Records.event(id, device, "2026-01-31T%sZ".formatted(time), temperature);
  }
}
