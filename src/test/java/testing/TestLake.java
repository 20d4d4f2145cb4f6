package testing;

import static java.util.stream.Collectors.toUnmodifiableMap;
import static org.apache.spark.sql.functions.current_timestamp;

import common.event.Events;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import common.settings.Settings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A lake in a test's folder, and the settings that point to it. */
public final class TestLake {
  /**
   * Fewer measures for the device views, for tests that do not depend on them, because measures
   * with sketches account for most of the planning and compilation cost of a run.
   */
  private static final Map<String, String> FEW_MEASURES =
      Stream.of("device_metrics", "device_daily_metrics")
          .collect(
              toUnmodifiableMap(
                  "views.%s.measures"::formatted,
                  any ->
                      """
                      [{name = event_count, kind = count}
                       {name = avg_temperature, kind = average, of = temperature}
                       {name = max_temperature, kind = max, of = temperature}]"""));

  private final Path root;
  private final Map<String, String> overrides;
  private final Settings settings;
  private final Lake lake;

  public TestLake(Path root) {
    this(root, Map.of());
  }

  public TestLake(Path root, Map<String, String> overrides) {
    this.root = root;
    this.overrides = Map.copyOf(overrides);
    Map<String, String> all = new HashMap<>(overrides);
    all.put("lake.root", root.toString());
    this.settings = TestSpark.settings(all);
    this.lake = new Lake(TestSpark.session(), settings.lakeRoot());
  }

  /** Copies this lake's contents to another lake with the same settings. */
  public TestLake copy(Path to) throws IOException {
    Folders.copy(root, to);
    return new TestLake(to, overrides);
  }

  /** Replaces a table with another lake's table, as after a kill between two commits. */
  public void replace(String table, TestLake other) throws IOException {
    Folders.delete(root.resolve(table));
    Folders.copy(other.root.resolve(table), root.resolve(table));
  }

  public SparkSession spark() {
    return TestSpark.session();
  }

  public Settings settings() {
    return settings;
  }

  public Lake lake() {
    return lake;
  }

  public View view(String name) {
    return settings.views().named(name);
  }

  /** Settings for a lake whose views have few measures, plus one setting. */
  public static Map<String, String> fewMeasures(String name, String value) {
    return fewMeasures(Map.of(name, value));
  }

  /** Settings for a lake whose views have few measures, plus others. */
  public static Map<String, String> fewMeasures(Map<String, String> others) {
    Map<String, String> all = new HashMap<>(FEW_MEASURES);
    all.putAll(others);
    return all;
  }

  /** Appends rows to a table in one commit. */
  public void append(LakeTable table, Row... rows) {
    spark()
        .createDataFrame(List.of(rows), table.schema())
        .write()
        .format("delta")
        .mode("append")
        .save(table.path());
  }

  /** Appends events to the master dataset in one commit. */
  public void arrive(String... bodies) {
    lake.master().create();
    Events.accepted(
            Events.parse(Records.dataset(bodies), settings.maxFutureSkew(), current_timestamp()))
        .write()
        .format("delta")
        .mode("append")
        .save(lake.master().path());
  }
}
