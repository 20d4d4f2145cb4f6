package common.telemetry;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * All metrics of this process, named by the conventions of Prometheus; times are Unix times in
 * seconds. {@code docs/operations.md} lists them.
 */
final class Telemetry {
  static final PrometheusRegistry REGISTRY = new PrometheusRegistry();

  static final Counter RECORDS =
      Counter.builder()
          .name("lambda_stream_records_total")
          .help("Records that a streaming query has read, by outcome.")
          .labelNames("query", "outcome")
          .register(REGISTRY);
  static final Histogram MICRO_BATCHES =
      Histogram.builder()
          .name("lambda_stream_micro_batch_duration_seconds")
          .help("Duration of the micro-batches of a streaming query.")
          .labelNames("query")
          .classicOnly()
          .classicUpperBounds(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
          .register(REGISTRY);
  static final Histogram LATENCY =
      Histogram.builder()
          .name("lambda_stream_latency_seconds")
          .help("Time from the oldest record of a micro-batch to its result, once per micro-batch.")
          .labelNames("query")
          .classicOnly()
          .classicUpperBounds(0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800)
          .register(REGISTRY);
  static final Gauge BACKLOG =
      Gauge.builder()
          .name("lambda_stream_backlog_records")
          .help("Records of the topic that the newest micro-batch had not read yet.")
          .labelNames("query")
          .register(REGISTRY);
  static final Gauge STATE_ROWS =
      Gauge.builder()
          .name("lambda_stream_state_rows")
          .help("Rows of streaming state after the newest micro-batch.")
          .labelNames("query")
          .register(REGISTRY);
  static final Gauge STATE_BYTES =
      Gauge.builder()
          .name("lambda_stream_state_bytes")
          .help("Memory that the streaming state used after the newest micro-batch.")
          .labelNames("query")
          .register(REGISTRY);
  static final Gauge NEWEST_EVENT =
      Gauge.builder()
          .name("lambda_stream_newest_event_timestamp_seconds")
          .help("Newest event time that a streaming query has counted.")
          .labelNames("query")
          .register(REGISTRY);
  static final Gauge LAST_SEEN =
      Gauge.builder()
          .name("lambda_stream_last_seen_timestamp_seconds")
          .help("When a streaming query last completed a micro-batch or reported that it is idle.")
          .labelNames("query")
          .register(REGISTRY);
  static final Counter CONFLICTS =
      Counter.builder()
          .name("lambda_commit_conflicts_total")
          .help("Commits retried after a write conflict.")
          .register(REGISTRY);
  static final Counter ALERTS =
      Counter.builder()
          .name("lambda_alerts_total")
          .help("Alert state changes, by new state.")
          .labelNames("view", "level", "state")
          .register(REGISTRY);
  static final Counter NOTIFICATIONS =
      Counter.builder()
          .name("lambda_alert_deliveries_total")
          .help("Attempts to deliver an alert through a channel, by outcome.")
          .labelNames("view", "channel", "outcome")
          .register(REGISTRY);
  static final Gauge CHECK =
      Gauge.builder()
          .name("lambda_check_state")
          .help("State of a check of status: 0 green, 1 yellow, 2 red.")
          .labelNames("view", "check")
          .register(REGISTRY);
  static final Gauge BATCH_EVENTS =
      Gauge.builder()
          .name("lambda_batch_events")
          .help("Events that the batch run read, without duplicates.")
          .labelNames("view")
          .register(REGISTRY);
  static final Gauge BATCH_ROWS =
      Gauge.builder()
          .name("lambda_batch_rows")
          .help("Rows that the batch run wrote.")
          .labelNames("view")
          .register(REGISTRY);
  static final Gauge BOUNDARY =
      Gauge.builder()
          .name("lambda_boundary_timestamp_seconds")
          .help("Boundary between batch and speed view after the batch run.")
          .labelNames("view")
          .register(REGISTRY);
  static final Gauge COMMAND_DURATION =
      Gauge.builder()
          .name("lambda_command_duration_seconds")
          .help("How long the command ran.")
          .labelNames("command", "view")
          .register(REGISTRY);
  static final Gauge COMMAND_FINISHED =
      Gauge.builder()
          .name("lambda_command_finished_timestamp_seconds")
          .help("When the command finished.")
          .labelNames("command", "view")
          .register(REGISTRY);
  static final Gauge COMMAND_SUCCESS =
      Gauge.builder()
          .name("lambda_command_success")
          .help("1 if the command succeeded, 0 if it failed.")
          .labelNames("command", "view")
          .register(REGISTRY);

  static final Histogram REQUESTS =
      Histogram.builder()
          .name("lambda_http_request_duration_seconds")
          .help("Duration of HTTP requests to serve, by route and status.")
          .labelNames("route", "status")
          .classicOnly()
          .classicUpperBounds(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 10)
          .register(REGISTRY);

  static final Counter REDIS_FALLBACKS =
      Counter.builder()
          .name("lambda_http_redis_fallbacks_total")
          .help("Requests for a newest window that the lake answered because Redis could not.")
          .labelNames("view")
          .register(REGISTRY);

  private static final CopyOnWriteArrayList<Runnable> LISTENERS = new CopyOnWriteArrayList<>();

  private Telemetry() {}

  /** Runs the listener now, and again whenever there may be new time series. */
  static void onChange(Runnable listener) {
    LISTENERS.add(listener);
    listener.run();
  }

  static void changed() {
    LISTENERS.forEach(Runnable::run);
  }
}
