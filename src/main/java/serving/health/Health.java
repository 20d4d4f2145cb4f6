package serving.health;

import common.Failure;
import common.lake.Lake;
import common.lake.ViewTables;
import common.metrics.View;
import common.session.JobDescription;
import common.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.SparkSession;

/** Health checks of a view's layers against their thresholds. */
public final class Health {
  private final SparkSession spark;
  private final Lake lake;
  private final Clock clock;
  private final Duration recent;
  private final List<HealthCheck> checks;

  public Health(SparkSession spark, Settings settings, Clock clock) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.clock = clock;
    this.recent = settings.status().batchAge();
    this.checks =
        List.of(
            new Freshness(settings.status().batchAge(), settings.status().speedAge()),
            new Coverage(settings.speed().retention()),
            new LedgerBalance(),
            new LayerAgreement());
  }

  public List<Finding> of(View view) {
    ViewTables tables = lake.of(view);
    if (!tables.exist()) {
      return List.of(new Finding(view.name(), "tables", Light.yellow, "no run yet"));
    }

    try {
      tables.batch().requireFit();
      tables.speed().requireFit();
    } catch (Failure unfit) {
      return List.of(new Finding(view.name(), "tables", Light.red, unfit.getMessage()));
    }

    LayerFacts facts =
        JobDescription.during(
            spark,
            "status " + view.name(),
            () -> new LayerReader(spark, lake).read(tables, clock.instant(), recent));
    return checks.stream().flatMap(check -> check.judge(facts).stream()).toList();
  }
}
