package serving.sql;

import common.lake.Lake;
import common.metrics.View;
import common.settings.Settings;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.types.StructField;

/** What differs between the SQL of the engines that read the unified view. */
public interface Dialect {
  /** A name, safe whatever it holds. */
  String quoted(String name);

  /** The batch view's rows, to be given an alias. */
  String batch(View view, List<StructField> columns);

  /** The speed view's rows, to be given an alias. */
  String speed(View view, List<StructField> columns);

  /** The table of boundaries, to be given an alias. */
  String boundaries();

  /** A time before all windows. */
  String beginningOfTime();

  /** The time that long before the statement began, by the engine's clock in UTC. */
  String ago(Duration time);

  /** The statement that gives the select a name. */
  String createView(View view, String select);

  /** The dialects that the command line knows. */
  enum Name {
    spark,
    synapse,
    synapse_cosmos;

    public Dialect over(Lake lake, Settings settings) {
      return switch (this) {
        case spark -> new SparkDialect(lake);
        case synapse -> new SynapseDialect(settings.serving().synapse());
        case synapse_cosmos -> new SynapseCosmosDialect(settings.serving().synapse());
      };
    }

    @Override
    public String toString() {
      return name().replace('_', '-');
    }
  }
}
