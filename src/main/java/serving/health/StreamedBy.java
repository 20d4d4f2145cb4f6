package serving.health;

import common.metrics.View;
import common.ops.StreamProgress;
import common.settings.Settings;
import java.time.Duration;
import java.util.List;

/**
 * A streaming query that the configuration requires.
 *
 * @param label name of its checks
 * @param query its name in the ledger
 * @param interval interval between the starts of its micro-batches
 */
record StreamedBy(String label, String query, Duration interval) {

  /**
   * The queries of a view: one per sink, except that a view without levels has none for the alerts
   * sink.
   */
  static List<StreamedBy> of(View view, Settings settings) {
    return settings.speed().sinks().stream()
        .distinct()
        .filter(sink -> !sink.equals("alerts") || view.levels().isPresent())
        .map(
            sink ->
                new StreamedBy(
                    "speed " + sink,
                    StreamProgress.speedQuery(view, sink),
                    interval(sink, settings)))
        .toList();
  }

  static StreamedBy ingest(Settings settings) {
    return new StreamedBy(QueryFacts.INGEST, QueryFacts.INGEST, settings.ingest().trigger());
  }

  private static Duration interval(String sink, Settings settings) {
    return switch (sink) {
      case "delta" -> settings.speed().deltaTrigger();
      case "redis" -> settings.speed().redis().trigger();
      case "cosmos" -> settings.speed().cosmos().trigger();
      case "alerts" -> settings.speed().alerts().trigger();
      default -> Duration.ZERO;
    };
  }
}
