package speed;

import common.lake.Lake;
import common.metrics.View;
import common.settings.SpeedSettings;
import speed.sink.Sink;
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
    Sink open(View view, Lake lake, SpeedSettings settings) {
      return new DeltaSink(view, lake.speedView(view), settings.deltaTrigger());
    }
  },
  redis {
    @Override
    Sink open(View view, Lake lake, SpeedSettings settings) {
      return RedisSink.open(view, settings.redis());
    }
  },
  cosmos {
    @Override
    Sink open(View view, Lake lake, SpeedSettings settings) {
      return new CosmosSink(view, new CosmosAccount(settings.cosmos()));
    }
  };

  /**
   * Opens the sink.
   *
   * @throws common.Failure when it cannot be reached or rejects the credentials
   */
  abstract Sink open(View view, Lake lake, SpeedSettings settings);
}
