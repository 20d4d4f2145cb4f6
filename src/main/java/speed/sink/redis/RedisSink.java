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
 * Keeps the newest window of each key, and some before it, in Redis: see {@link RedisWriter} for
 * what stands there. The same window overwrites itself, so a replayed micro-batch changes nothing.
 */
public record RedisSink(View view, RedisSettings redis) implements Sink {
  /**
   * The sink, once the server has answered.
   *
   * @throws common.Failure when it does not, or refuses the credentials
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
