package common.telemetry;

import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The names of the application's metrics, and their occurrences in a text. */
final class ExposedMetrics {
  private static final Pattern NAME = Pattern.compile("\\blambda_[a-z_]+\\b");

  private ExposedMetrics() {}

  /** Help texts by metric name in Prometheus. */
  static Map<String, String> helpByName() {
    Map<String, String> help = new TreeMap<>();
    for (MetricSnapshot metric : Telemetry.REGISTRY.scrape()) {
      String name = metric.getMetadata().getPrometheusName();
      boolean counter = metric instanceof CounterSnapshot;
      help.put(counter ? name + "_total" : name, metric.getMetadata().getHelp());
      if (metric instanceof HistogramSnapshot) {
        Stream.of("_bucket", "_count", "_sum").forEach(suffix -> help.put(name + suffix, ""));
      }
    }

    return help;
  }

  static Stream<String> in(String text) {
    return NAME.matcher(text).results().map(MatchResult::group).distinct();
  }
}
