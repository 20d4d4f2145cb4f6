package serving.sql;

import common.lake.Lake;
import common.metrics.View;
import common.settings.Settings;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.types.StructField;

/** The parts of the SQL that differ between the engines that read the unified view. */
public interface Dialect {
  /** A quoted identifier, with special characters escaped. */
  String quoted(String name);

  /** The batch view as a table expression; the caller adds an alias. */
  String batch(View view, List<StructField> columns);

  /** The speed view as a table expression; the caller adds an alias. */
  String speed(View view, List<StructField> columns);

  /** The boundary table as a table expression; the caller adds an alias. */
  String boundaries();

  /** A timestamp before all windows. */
  String beginningOfTime();

  /** The time at which the statement starts, by the engine's UTC clock, minus the duration. */
  String ago(Duration time);

  /** The statement that creates a view from the query. */
  String createView(String name, String select);

  /** The dialects that the command line accepts. */
  enum Name {
    spark,
    synapse,
    synapse_cosmos,
    powerbi,
    metric_view;

    /** The dialect of the unified view; a BI dialect builds on the SQL dialect of its engine. */
    public Dialect over(Lake lake, Settings settings) {
      return switch (this) {
        case spark, metric_view -> new SparkDialect(lake);
        case synapse, powerbi -> new SynapseDialect(settings.serving().synapse());
        case synapse_cosmos -> new SynapseCosmosDialect(settings.serving().synapse());
      };
    }

    @Override
    public String toString() {
      return name().replace('_', '-');
    }
  }
}
