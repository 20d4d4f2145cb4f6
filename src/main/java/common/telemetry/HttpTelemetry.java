package common.telemetry;

import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.IOException;
import java.io.OutputStream;

/** Metrics of the HTTP server, which also exposes all metrics of the process. */
public final class HttpTelemetry {
  public static final String MEDIA_TYPE = PrometheusTextFormatWriter.CONTENT_TYPE;

  private HttpTelemetry() {}

  /**
   * Adds a request.
   *
   * @param route the pattern of the path, without values
   */
  public static void request(String route, int status, double seconds) {
    Telemetry.REQUESTS.labelValues(route, String.valueOf(status)).observe(seconds);
  }

  /** Counts a newest window that was read from the lake because Redis could not provide it. */
  public static void redisFallback(String view) {
    Telemetry.REDIS_FALLBACKS.labelValues(view).inc();
  }

  /** Writes all metrics in Prometheus' text format. */
  public static void write(OutputStream out) throws IOException {
    PrometheusTextFormatWriter.create().write(out, Telemetry.REGISTRY.scrape());
  }
}
