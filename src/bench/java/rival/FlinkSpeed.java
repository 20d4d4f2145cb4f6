package rival;

import java.io.IOException;
import java.time.Duration;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.AggregateFunction;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.serialization.AbstractDeserializationSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.streaming.api.functions.windowing.ProcessWindowFunction;
import org.apache.flink.streaming.api.windowing.assigners.TumblingEventTimeWindows;
import org.apache.flink.streaming.api.windowing.triggers.Trigger;
import org.apache.flink.streaming.api.windowing.triggers.TriggerResult;
import org.apache.flink.streaming.api.windowing.windows.TimeWindow;
import org.apache.flink.util.Collector;

/**
 * The view {@code device_metrics} in Flink. Parsing, watermark and measures are as in the
 * application. Deduplication is keyed by eventId, in heap state with timers. Windows fire every
 * second and are written to Redis.
 *
 * <pre>FlinkSpeed BOOTSTRAP TOPIC REDIS_PORT PREFIX dedup|plain bounded|live</pre>
 */
public final class FlinkSpeed {
  private static final Duration TOLERANCE = Duration.ofMinutes(2);

  private FlinkSpeed() {}

  public static void main(String[] arguments) throws Exception {
    Configuration config = new Configuration();
    config.setString("taskmanager.memory.managed.size", "64m");
    config.setString("pipeline.object-reuse", "true");
    config.setString("pipeline.auto-watermark-interval", "200ms");
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.createLocalEnvironment(2, config);
    var builder =
        KafkaSource.<WireEvent>builder()
            .setBootstrapServers(arguments[0])
            .setTopics(arguments[1])
            .setGroupId(arguments[3])
            .setStartingOffsets(OffsetsInitializer.earliest())
            .setValueOnlyDeserializer(new Deserializer());
    if (arguments[5].equals("bounded")) {
      builder.setBounded(OffsetsInitializer.latest());
    }

    DataStream<WireEvent> events =
        flink.fromSource(
            builder.build(),
            WatermarkStrategy.<WireEvent>forBoundedOutOfOrderness(TOLERANCE)
                .withTimestampAssigner((event, any) -> event.timeMillis),
            "kafka");
    if (arguments[4].equals("dedup")) {
      events = events.keyBy(event -> event.eventId).process(new FirstOnly());
    }

    events
        .keyBy(event -> event.deviceId)
        .window(TumblingEventTimeWindows.of(Duration.ofMinutes(1)))
        .trigger(new EachSecondAndAtTheEnd())
        .aggregate(new Measures(), new Named())
        .sinkTo(new RedisHashes(Integer.parseInt(arguments[2]), arguments[3]));
    flink.execute();
  }

  private static final class Deserializer extends AbstractDeserializationSchema<WireEvent> {
    @Override
    public WireEvent deserialize(byte[] body) throws IOException {
      return WireEvent.parse(body);
    }
  }

  /** Holds an id until the watermark passes its event time plus the tolerance, as Spark does. */
  private static final class FirstOnly extends KeyedProcessFunction<String, WireEvent, WireEvent> {
    private transient ValueState<Boolean> seen;

    @Override
    public void open(OpenContext context) {
      seen = getRuntimeContext().getState(new ValueStateDescriptor<>("seen", Types.BOOLEAN));
    }

    @Override
    public void processElement(WireEvent event, Context context, Collector<WireEvent> out)
        throws IOException {
      if (seen.value() == null) {
        seen.update(true);
        context.timerService().registerEventTimeTimer(event.timeMillis + TOLERANCE.toMillis());
        out.collect(event);
      }
    }

    @Override
    public void onTimer(long time, OnTimerContext context, Collector<WireEvent> out) {
      seen.clear();
    }
  }

  private static final class Measures
      implements AggregateFunction<WireEvent, DeviceMinute, DeviceMinute> {
    @Override
    public DeviceMinute createAccumulator() {
      return new DeviceMinute();
    }

    @Override
    public DeviceMinute add(WireEvent event, DeviceMinute minute) {
      minute.add(event);
      return minute;
    }

    @Override
    public DeviceMinute getResult(DeviceMinute minute) {
      return minute;
    }

    @Override
    public DeviceMinute merge(DeviceMinute one, DeviceMinute other) {
      throw new UnsupportedOperationException("tumbling windows do not merge");
    }
  }

  private static final class Named
      extends ProcessWindowFunction<DeviceMinute, DeviceMinute, String, TimeWindow> {
    @Override
    public void process(
        String deviceId,
        Context context,
        Iterable<DeviceMinute> minutes,
        Collector<DeviceMinute> out) {
      DeviceMinute minute = minutes.iterator().next();
      minute.deviceId = deviceId;
      minute.startMillis = context.window().getStart();
      out.collect(minute);
    }
  }

  /**
   * Fires changed windows every second of processing time, and each window when the watermark
   * passes its end.
   */
  private static final class EachSecondAndAtTheEnd extends Trigger<WireEvent, TimeWindow> {
    @Override
    public TriggerResult onElement(
        WireEvent event, long time, TimeWindow window, TriggerContext context) {
      context.registerProcessingTimeTimer((context.getCurrentProcessingTime() / 1_000 + 1) * 1_000);
      context.registerEventTimeTimer(window.maxTimestamp());
      return TriggerResult.CONTINUE;
    }

    @Override
    public TriggerResult onProcessingTime(long time, TimeWindow window, TriggerContext context) {
      return TriggerResult.FIRE;
    }

    @Override
    public TriggerResult onEventTime(long time, TimeWindow window, TriggerContext context) {
      return time == window.maxTimestamp() ? TriggerResult.FIRE : TriggerResult.CONTINUE;
    }

    @Override
    public void clear(TimeWindow window, TriggerContext context) {
      context.deleteEventTimeTimer(window.maxTimestamp());
    }
  }
}
