package speed;

import common.lake.Lake;
import common.metrics.View;
import common.settings.Settings;
import java.time.Duration;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Where a speed view is kept. Each sink of a view is a query of its own with its own checkpoint and
 * pace, so that a slow one holds up no other.
 *
 * <p>To add a sink, write its {@link Sink} and add a constant to {@link Kind}, whose name is its
 * word in {@code speed.sinks}.
 */
interface Sink extends VoidFunction2<Dataset<Row>, Long> {

  /**
   * Takes the windows that a micro-batch changed, each with its new values. The same micro-batch
   * may come again after a kill and must then change nothing.
   */
  @Override
  void call(Dataset<Row> changed, Long batchId);

  /** How long to wait between two micro-batches. */
  Duration trigger();

  /** The sinks that the configuration can name. */
  enum Kind {
    delta {
      @Override
      Sink open(View view, Lake lake, Settings.Speed settings) {
        return new DeltaSink(view, lake.speedView(view), settings.deltaTrigger());
      }
    },
    redis {
      @Override
      Sink open(View view, Lake lake, Settings.Speed settings) {
        return RedisSink.open(view, settings.redis());
      }
    },
    cosmos {
      @Override
      Sink open(View view, Lake lake, Settings.Speed settings) {
        return new CosmosSink(view, new CosmosAccount(settings.cosmos()));
      }
    };

    /**
     * Opens the sink.
     *
     * @throws common.Failure when it cannot be reached or refuses the credentials
     */
    abstract Sink open(View view, Lake lake, Settings.Speed settings);
  }
}
