package rival;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.api.common.operators.ProcessingTimeService;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import redis.clients.jedis.Jedis;
import redis.clients.jedis.Pipeline;

/** Maintains the newest window of each device as a hash {@code PREFIX:DEVICE}, pipelined. */
record RedisHashes(int port, String prefix) implements Sink<DeviceMinute> {
  private static final int CHUNK = 500;
  private static final long FLUSH_MILLIS = 50;

  @Override
  public SinkWriter<DeviceMinute> createWriter(WriterInitContext context) {
    Writer writer = new Writer(new Jedis("127.0.0.1", port), prefix);
    flushOften(writer, context.getProcessingTimeService());
    return writer;
  }

  /** Flushes on a timer because a firing may leave the pipeline partly filled. */
  private static void flushOften(Writer writer, ProcessingTimeService clock) {
    clock.registerTimer(
        clock.getCurrentProcessingTime() + FLUSH_MILLIS,
        time -> {
          writer.flush(false);
          flushOften(writer, clock);
        });
  }

  private static final class Writer implements SinkWriter<DeviceMinute> {
    private final Jedis jedis;
    private final Pipeline pipeline;
    private final String prefix;
    private final Map<String, Long> newest = new HashMap<>();
    private int waiting;

    Writer(Jedis jedis, String prefix) {
      this.jedis = jedis;
      this.pipeline = jedis.pipelined();
      this.prefix = prefix;
    }

    @Override
    public void write(DeviceMinute minute, Context context) {
      if (newest.merge(minute.deviceId, minute.startMillis, Math::max) == minute.startMillis) {
        pipeline.hset(prefix + ":" + minute.deviceId, minute.fields());
        if (++waiting == CHUNK) {
          flush(false);
        }
      }
    }

    @Override
    public void flush(boolean endOfInput) {
      if (waiting > 0) {
        pipeline.sync();
        waiting = 0;
      }
    }

    @Override
    public void close() throws IOException {
      flush(true);
      jedis.close();
    }
  }
}
