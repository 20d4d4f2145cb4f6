package speed.sink.redis;

import common.redis.RedisKeys;
import common.settings.RedisSettings;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.sql.Row;
import redis.clients.jedis.Pipeline;

/**
 * Writes windows to Redis, pipelined. For each key of a view, under {@code PREFIX:VIEW:{KEY}}:
 *
 * <ul>
 *   <li>a hash of the newest window's columns, without null columns;
 *   <li>under the same key with the suffix {@code :recent}, a sorted set of the newest windows,
 *       each a JSON object, scored by its start in epoch milliseconds.
 * </ul>
 *
 * <p>Both are updated atomically and expire together.
 *
 * @param columns column names of the window, in order
 */
record RedisWriter(RedisSettings redis, String view, List<String> columns)
    implements ForeachPartitionFunction<Row> {
  private static final int CHUNK = 500;

  private static final String PUT_WINDOW =
      """
      local start, expiry, keep = ARGV[1], ARGV[2], tonumber(ARGV[3])
      redis.call('ZREMRANGEBYSCORE', KEYS[2], start, start)
      redis.call('ZADD', KEYS[2], start, ARGV[4])
      redis.call('ZREMRANGEBYRANK', KEYS[2], 0, -keep - 1)
      local newest = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')
      if tonumber(newest[2]) == tonumber(start) then
        redis.call('DEL', KEYS[1])
        redis.call('HSET', KEYS[1], unpack(ARGV, 5))
      end
      redis.call('PEXPIRE', KEYS[1], expiry)
      redis.call('PEXPIRE', KEYS[2], expiry)
      """;

  /**
   * Writes a partition.
   *
   * @param rows key, window start in milliseconds, the window as JSON, the window's columns
   */
  @Override
  public void call(Iterator<Row> rows) throws InterruptedException {
    try (RedisConnection connection = new RedisConnection(redis)) {
      while (rows.hasNext()) {
        List<Row> chunk = new ArrayList<>();
        while (rows.hasNext() && chunk.size() < CHUNK) {
          chunk.add(rows.next());
        }

        connection.pipelined(pipeline -> chunk.forEach(row -> put(row, pipeline)));
      }
    }
  }

  private void put(Row row, Pipeline pipeline) {
    String key = RedisKeys.newest(redis.keyPrefix(), view, row.getString(0));
    List<String> arguments = new ArrayList<>();
    arguments.add(String.valueOf(row.getLong(1)));
    arguments.add(String.valueOf(redis.expiry().toMillis()));
    arguments.add(String.valueOf(redis.recentWindows()));
    arguments.add(row.getString(2));
    Row window = row.getStruct(3);
    for (int i = 0; i < columns.size(); i++) {
      if (!window.isNullAt(i)) {
        arguments.add(columns.get(i));
        arguments.add(window.get(i).toString());
      }
    }

    pipeline.eval(PUT_WINDOW, List.of(key, RedisKeys.recent(key)), arguments);
  }
}
