package serving.sql;

import common.lake.Lake;
import common.metrics.View;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.StructField;

/** Spark SQL over the lake's Delta tables, in their latest version or as of one snapshot. */
public final class SparkDialect implements Dialect {
  private final Lake lake;
  private final Optional<Snapshot> snapshot;

  public SparkDialect(Lake lake) {
    this(lake, Optional.empty());
  }

  public SparkDialect(Lake lake, Optional<Snapshot> snapshot) {
    this.lake = lake;
    this.snapshot = snapshot;
  }

  /** Versions of a view's tables that one query reads. */
  public record Snapshot(long batch, long speed) {}

  @Override
  public String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  @Override
  public String batch(View view, List<StructField> columns) {
    return delta(lake.batchView(view).path()) + asOf(snapshot.map(Snapshot::batch));
  }

  @Override
  public String speed(View view, List<StructField> columns) {
    return delta(lake.speedView(view).path()) + asOf(snapshot.map(Snapshot::speed));
  }

  @Override
  public String boundaries() {
    return delta(lake.boundary().path());
  }

  @Override
  public String beginningOfTime() {
    return "TIMESTAMP'0001-01-01 00:00:00'";
  }

  @Override
  public String ago(Duration time) {
    return "current_timestamp() - INTERVAL '%d' SECOND".formatted(time.toSeconds());
  }

  @Override
  public String createView(String name, String select) {
    return "CREATE OR REPLACE VIEW %s AS%n%s;%n".formatted(quoted(name), select);
  }

  private static String asOf(Optional<Long> version) {
    return version.map(" VERSION AS OF %d"::formatted).orElse("");
  }

  private String delta(String path) {
    return "delta." + quoted(path);
  }
}
