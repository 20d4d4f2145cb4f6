package testing;

import common.session.Session;
import common.settings.Settings;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** The session that all tests in a JVM share, with the application's own settings. */
public final class TestSpark {
  private static SparkSession session;

  private TestSpark() {}

  public static synchronized SparkSession session() {
    if (session == null) {
      session =
          Session.of(
                  "tests",
                  settings(
                      Map.of(
                          "local-spark.master",
                          "local[2]",
                          "lake.root",
                          "target/no-lake",
                          "spark.plugins",
                          "common.telemetry.SparkMetrics",
                          "spark.\"metrics.conf.*.sink.jmx.class\"",
                          "org.apache.spark.metrics.sink.JmxSink")))
              .spark();
      // Tests detect undescribed jobs by their missing description.
      session.sparkContext().setJobDescription(null);
    }

    return session;
  }

  /** The defaults with some values replaced. */
  public static Settings settings(Map<String, String> overrides) {
    return Settings.load(Optional.empty(), new HashMap<>(overrides));
  }
}
