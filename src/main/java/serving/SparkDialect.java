package serving;

import common.lake.Lake;
import common.metrics.View;
import java.util.List;
import org.apache.spark.sql.types.StructField;

/** Spark SQL over the lake's Delta tables. */
final class SparkDialect implements Dialect {
  private final Lake lake;

  SparkDialect(Lake lake) {
    this.lake = lake;
  }

  @Override
  public String quoted(String name) {
    return "`" + name.replace("`", "``") + "`";
  }

  @Override
  public String batch(View view, List<StructField> columns) {
    return delta(lake.batchView(view).path());
  }

  @Override
  public String speed(View view, List<StructField> columns) {
    return delta(lake.speedView(view).path());
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
  public String createView(View view, String select) {
    return "CREATE OR REPLACE VIEW %s AS%n%s;%n".formatted(quoted(view.name()), select);
  }

  private String delta(String path) {
    return "delta." + quoted(path);
  }
}
