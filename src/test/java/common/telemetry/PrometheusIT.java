package common.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.Failure;
import common.settings.MetricsSettings;
import demo.LocalBroker;
import java.io.IOException;
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
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.DebianPackage;

/** The metrics, rules and dashboard with a real Prometheus. */
class PrometheusIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private static Path programs;
  @TempDir private Path folder;

  @BeforeAll
  static void programs() throws Exception {
    programs = DebianPackage.unpacked("prometheus").resolve("usr/bin");
  }

  @Test
  void theRulesAreValidAndFireWhenTheyShould() throws Exception {
    assertThat(promtool("check", "config", "conf/prometheus/prometheus.yml"))
        .contains("13 rules found");
    assertThat(promtool("test", "rules", "conf/prometheus/rules-test.yml")).contains("SUCCESS");
  }

  @Test
  void aRunningPrometheusScrapesTheEndpointAndUnderstandsTheDashboard() throws Exception {
    StreamTelemetry query = new StreamTelemetry("speed v redis");
    query.records("counted", 41);
    query.records("counted", 1);
    query.microBatch(Duration.ofMillis(300));
    query.seen(Instant.now());
    BatchTelemetry.checked("v", "coverage", 2);
    BatchTelemetry.conflict();
    AlertTelemetry.changed("v", "HIGH", "firing");
    MetricsSettings settings =
        new MetricsSettings("localhost", LocalBroker.freePort(), Optional.empty());

    try (MetricsEndpoint endpoint = MetricsEndpoint.open(settings);
        Prometheus prometheus = Prometheus.start(folder, settings.port())) {
      endpoint.announce();
      prometheus.await(
          "lambda_stream_records_total{outcome=\"counted\",query=\"speed v redis\"}", 42);
      prometheus.await(
          "lambda_stream_micro_batch_duration_seconds_bucket{le=\"0.5\",query=\"speed v redis\"}",
          1);
      prometheus.await("lambda_check_state{view=\"v\",check=\"coverage\"}", 2);
      for (String expression : dashboard()) {
        assertThat(prometheus.query(expression).path("status").asText())
            .as(expression)
            .isEqualTo("success");
      }

      assertThatThrownBy(() -> MetricsEndpoint.open(settings))
          .isInstanceOf(Failure.class)
          .hasMessageContaining("choose another metrics.port");
    }
  }

  /** Names, units and help texts by the conventions of Prometheus. */
  @Test
  void promtoolFindsNothingToCriticize() throws Exception {
    MetricsSettings settings =
        new MetricsSettings("localhost", LocalBroker.freePort(), Optional.empty());
    try (MetricsEndpoint endpoint = MetricsEndpoint.open(settings)) {
      endpoint.announce();
      String exposed = get(URI.create("http://localhost:%d/metrics".formatted(settings.port())));
      Path file = Files.writeString(folder.resolve("metrics"), exposed);

      Process promtool =
          new ProcessBuilder(programs.resolve("promtool").toString(), "check", "metrics")
              .redirectInput(file.toFile())
              .redirectErrorStream(true)
              .start();
      String said = new String(promtool.getInputStream().readAllBytes(), UTF_8);
      assertThat(promtool.waitFor()).as(said).isZero();
    }
  }

  private static List<String> dashboard() throws IOException {
    JsonNode dashboard =
        new ObjectMapper().readTree(Path.of("conf/grafana/lambda-analytics.json").toFile());
    List<String> expressions = new ArrayList<>();
    for (JsonNode panel : dashboard.path("panels")) {
      for (JsonNode target : panel.path("targets")) {
        expressions.add(
            target
                .path("expr")
                .asText()
                .replace("$__rate_interval", "1m")
                .replace("$query", ".*")
                .replace("$view", ".*"));
      }
    }

    assertThat(expressions).hasSizeGreaterThan(10);
    return expressions;
  }

  private static String promtool(String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(programs.resolve("promtool").toString()));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said;
  }

  private static String get(URI uri) throws Exception {
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }

  /** A Prometheus that scrapes one port each second. */
  private record Prometheus(Process process, int port) implements AutoCloseable {
    static Prometheus start(Path folder, int scraped) throws IOException {
      int port = LocalBroker.freePort();
      Path config =
          Files.writeString(
              folder.resolve("prometheus.yml"),
              """
              global: { scrape_interval: 1s }
              scrape_configs:
                - job_name: lambda-analytics
                  static_configs: [{ targets: ["localhost:%d"] }]
              """
                  .formatted(scraped));
      Process process =
          new ProcessBuilder(
                  programs.resolve("prometheus").toString(),
                  "--config.file=" + config,
                  "--storage.tsdb.path=" + folder.resolve("data"),
                  "--web.listen-address=localhost:" + port)
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("prometheus.log").toFile())
              .start();
      return new Prometheus(process, port);
    }

    void await(String series, double value) throws Exception {
      Instant deadline = Instant.now().plus(PATIENCE);
      JsonNode result = null;
      while (Instant.now().isBefore(deadline)) {
        result = query(series).path("data").path("result");
        if (result.size() == 1 && result.get(0).path("value").path(1).asDouble() == value) {
          return;
        }

        Thread.sleep(200);
      }

      throw new AssertionError("%s is not %s but %s".formatted(series, value, result));
    }

    JsonNode query(String expression) throws Exception {
      URI uri =
          URI.create(
              "http://localhost:%d/api/v1/query?query=%s"
                  .formatted(port, URLEncoder.encode(expression, UTF_8)));
      try {
        return new ObjectMapper().readTree(get(uri));
      } catch (IOException starting) {
        return new ObjectMapper().createObjectNode();
      }
    }

    @Override
    public void close() {
      process.destroy();
      process.onExit().join();
    }
  }
}
