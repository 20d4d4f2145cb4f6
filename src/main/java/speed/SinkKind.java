package speed;

import common.lake.Lake;
import common.metrics.View;
import common.settings.Settings;
import org.apache.spark.sql.SparkSession;
import speed.sink.Sink;
import speed.sink.alerts.AlertSink;
import speed.sink.cosmos.CosmosAccount;
import speed.sink.cosmos.CosmosSink;
import speed.sink.delta.DeltaSink;
import speed.sink.redis.RedisSink;

/**
 * The sinks that {@code speed.sinks} accepts, by constant name; {@link Sink} explains how to add
 * one.
 */
enum SinkKind {
  delta {
    @Override
    Sink open(SparkSession spark, View view, Lake lake, Settings settings) {
      return new DeltaSink(view, lake.speedView(view), settings.speed().deltaTrigger());
    }
  },
  redis {
    @Override
    Sink open(SparkSession spark, View view, Lake lake, Settings settings) {
      return RedisSink.open(view, settings.speed().redis());
    }
  },
  cosmos {
    @Override
    Sink open(SparkSession spark, View view, Lake lake, Settings settings) {
      return new CosmosSink(view, new CosmosAccount(settings.speed().cosmos()));
    }
  },
  alerts {
    @Override
    Sink open(SparkSession spark, View view, Lake lake, Settings settings) {
      return AlertSink.open(spark, view, lake, settings);
    }

    @Override
    boolean serves(View view) {
      return view.levels().isPresent();
    }
  };

  /** Whether the sink has anything to do for the view. */
  boolean serves(View view) {
    return true;
  }

  /**
   * Opens the sink.
   *
   * @throws common.Failure when it cannot be reached or rejects the credentials
   */
  abstract Sink open(SparkSession spark, View view, Lake lake, Settings settings);
}
