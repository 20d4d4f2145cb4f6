package common.telemetry;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.Label;
import io.prometheus.metrics.model.snapshots.Labels;
import io.prometheus.metrics.model.snapshots.MetricSnapshot;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * Registers the driver's metrics with Spark's own metric system, so that each of its sinks (JMX,
 * Prometheus, Azure's emitters) reports them: {@code spark.plugins=common.telemetry.SparkMetrics}.
 * The values of a metric's labels are appended to its name: {@code
 * lambda_stream_state_rows.ingest}.
 */
public final class SparkMetrics implements SparkPlugin {

  @Override
  public DriverPlugin driverPlugin() {
    return new DriverPlugin() {
      @Override
      public void registerMetrics(String appId, PluginContext context) {
        MetricRegistry registry = context.metricRegistry();
        // Spark ignores a registry that is empty at this point.
        registry.register("lambda_metrics", (Gauge<Integer>) () -> values().size());
        Telemetry.onChange(() -> registerNew(registry));
      }
    };
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return null;
  }

  private static synchronized void registerNew(MetricRegistry registry) {
    for (String name : values().keySet()) {
      if (!registry.getNames().contains(name)) {
        registry.register(name, (Gauge<Double>) () -> values().get(name));
      }
    }
  }

  private static Map<String, Double> values() {
    Map<String, Double> values = new TreeMap<>();
    for (MetricSnapshot metric : Telemetry.REGISTRY.scrape()) {
      String name = metric.getMetadata().getPrometheusName();
      if (metric instanceof GaugeSnapshot gauge) {
        gauge.getDataPoints().forEach(at -> values.put(named(name, at.getLabels()), at.getValue()));
      } else if (metric instanceof CounterSnapshot counter) {
        counter
            .getDataPoints()
            .forEach(at -> values.put(named(name + "_total", at.getLabels()), at.getValue()));
      } else if (metric instanceof HistogramSnapshot histogram) {
        histogram
            .getDataPoints()
            .forEach(
                at -> {
                  values.put(named(name + "_count", at.getLabels()), (double) at.getCount());
                  values.put(named(name + "_sum", at.getLabels()), at.getSum());
                });
      }
    }

    return values;
  }

  private static String named(String name, Labels labels) {
    StringBuilder full = new StringBuilder(name);
    for (Label label : labels) {
      full.append('.').append(label.getValue().replaceAll("\\W+", "_"));
    }

    return full.toString();
  }
}
