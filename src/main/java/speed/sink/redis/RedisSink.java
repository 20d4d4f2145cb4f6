package speed.sink.redis;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.struct;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.unix_millis;

import common.metrics.View;
import common.settings.RedisSettings;
import java.time.Duration;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import speed.sink.HotRows;
import speed.sink.Sink;

/**
 * Maintains the newest window and some earlier windows of each key in Redis; {@link RedisWriter}
 * defines the data layout. Each window overwrites its previous value, so a replayed micro-batch
 * changes nothing.
 */
public record RedisSink(View view, RedisSettings redis) implements Sink {
  /**
   * Opens the sink after checking that the server responds.
   *
   * @throws common.Failure when the server does not respond or rejects the credentials
   */
  public static RedisSink open(View view, RedisSettings redis) {
    new RedisConnection(redis).require();
    return new RedisSink(view, redis);
  }

  @Override
  public Duration trigger() {
    return redis.trigger();
  }

  @Override
  public void call(Dataset<Row> changed, Long batchId) {
    Column[] window = HotRows.columns(changed.schema(), view);
    changed
        .select(
            HotRows.keys(view),
            unix_millis(col(View.WINDOW_START)),
            to_json(struct(window)),
            struct(window))
        .foreachPartition(new RedisWriter(redis, view.name(), view.served()));
  }
}
