package serving.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.ops.Heartbeats;
import common.ops.StreamProgress;
import common.session.Session;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Commands;
import testing.InProcess;
import testing.LayeredRows;
import testing.TestLake;

/** Limits on the age of the data in a response. */
class FreshnessIT {
  private static final String VIEW = "/v1/views/device_metrics";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private TestLake lake;
  private LayeredRows rows;
  private LakeServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  @BeforeEach
  void start() throws Exception {
    lake = new TestLake(folder.resolve("lake"), Map.of("serve.health-interval", "1s"));
    rows = new LayeredRows(lake).create();
    rows.speed(rows.row("a", "10:00", 1));
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void dataThatIsTooOldIsNotAnswered() throws Exception {
    String rowsOf = VIEW + "/rows?max-age=10m";
    assertThat(get(rowsOf).statusCode()).as("never up to date").isEqualTo(503);

    Instant beat = Instant.now().truncatedTo(ChronoUnit.SECONDS).minusSeconds(300);
    new Heartbeats(lake.lake()).beat(StreamProgress.speedQuery(rows.view(), "delta"), beat);
    Thread.sleep(2_500);

    HttpResponse<String> fresh = get(rowsOf);
    assertThat(fresh.statusCode()).as(fresh.body()).isEqualTo(200);
    String tag = fresh.headers().firstValue("ETag").orElseThrow();
    assertThat(get(rowsOf, "If-None-Match", tag).statusCode()).isEqualTo(304);

    HttpResponse<String> old = get(VIEW + "/rows?max-age=PT4M", "If-None-Match", tag);
    JsonNode problem = JSON.readTree(old.body());
    assertThat(old.statusCode()).isEqualTo(503);
    assertThat(old.headers().firstValue("Content-Type")).hasValue(Problem.MEDIA_TYPE);
    assertThat(problem.path("code").asText()).isEqualTo("ANSWER_TOO_OLD");
    assertThat(problem.path("detail").asText()).contains(beat.toString(), "PT4M");
    assertThat(get(VIEW + "/rows?max-age=10m&accuracy=exact").statusCode())
        .as("there is no batch run")
        .isEqualTo(503);
    assertThat(get("/v1/views/user_activity_summary/rows?max-age=10m").statusCode())
        .as("there is no data at all")
        .isEqualTo(404);
    for (String wrong :
        new String[] {"soon", "-PT1M", "", "1m&max-age=2m", "PT99999999999999999H"}) {
      assertThat(get(VIEW + "/rows?max-age=" + wrong).statusCode()).as(wrong).isEqualTo(400);
    }

    assertThat(query("10m").exitCode()).isZero();
    assertThat(query("4m").err()).contains(beat.toString(), "[ANSWER_TOO_OLD]").hasLineCount(1);
    assertThat(viewUpdatedBySpeed()).isEqualTo(beat.toString());
  }

  private Commands.Result query(String maxAge) throws Exception {
    return InProcess.run(
        "query",
        "--view",
        "device_metrics",
        "--server",
        "http://127.0.0.1:" + server.port(),
        "--max-age",
        maxAge);
  }

  /** When the speed view was last up to date, as of the last health checks. */
  private String viewUpdatedBySpeed() throws Exception {
    Instant deadline = Instant.now().plusSeconds(60);
    JsonNode time = JSON.missingNode();
    while (time.isMissingNode() && Instant.now().isBefore(deadline)) {
      time = JSON.readTree(get(VIEW).body()).at("/updated_at/speed");
      Thread.sleep(100);
    }

    return time.asText();
  }

  private HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path));
    return client.send(
        (headers.length == 0 ? request : request.headers(headers)).build(),
        HttpResponse.BodyHandlers.ofString());
  }
}
