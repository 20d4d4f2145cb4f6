package common.telemetry;

import common.ErrorCode;
import common.Failure;
import common.settings.MetricsSettings;
import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The metrics of a long-running command over HTTP, for Prometheus to scrape: {@code /metrics}. */
public final class MetricsEndpoint implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsEndpoint.class);

  private final String host;
  private final Optional<HTTPServer> server;

  private MetricsEndpoint(String host, Optional<HTTPServer> server) {
    this.host = host;
    this.server = server;
  }

  /**
   * Opens the endpoint, if a port is configured.
   *
   * @throws Failure when the port cannot be opened
   */
  public static MetricsEndpoint open(MetricsSettings settings) {
    if (settings.port() == 0) {
      return new MetricsEndpoint(settings.host(), Optional.empty());
    }

    try {
      HTTPServer server =
          HTTPServer.builder()
              .hostname(settings.host())
              .port(settings.port())
              .registry(Telemetry.REGISTRY)
              .buildAndStart();
      return new MetricsEndpoint(settings.host(), Optional.of(server));
    } catch (IOException refused) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "Cannot listen on %s:%d (%s): choose another metrics.port or metrics.host"
              .formatted(settings.host(), settings.port(), refused.getMessage()));
    }
  }

  /** Logs where the metrics are. */
  public void announce() {
    server.ifPresent(open -> LOG.info("Metrics: http://{}:{}/metrics", host, open.getPort()));
  }

  @Override
  public void close() {
    server.ifPresent(HTTPServer::close);
  }
}
