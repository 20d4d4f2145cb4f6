package speed;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.current_timestamp;
import static org.apache.spark.sql.functions.lit;

import common.Failure;
import common.event.EventSchema;
import common.event.Events;
import common.lake.Lake;
import common.metrics.Metrics;
import common.metrics.View;
import common.settings.Settings;
import common.streaming.KafkaRecords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Keeps speed views from the topic: parse, watermark, each event once, the shared function, upsert
 * of the windows that changed. One query a view and sink, named {@code speed VIEW SINK}.
 *
 * <p>An event that arrives further behind the newest than {@code speed.late-tolerance} is dropped
 * here and counted by the next batch.
 */
public final class SpeedJob {
  private final SparkSession spark;
  private final Lake lake;
  private final Settings settings;

  public SpeedJob(SparkSession spark, Settings settings) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.settings = settings;
  }

  /** Queries that run until they are stopped, each at its sink's pace. */
  public List<DataStreamWriter<Row>> continuous(Collection<View> views) {
    List<DataStreamWriter<Row>> queries = new ArrayList<>();
    for (View view : views) {
      for (Sink.Kind kind : sinks(settings)) {
        Sink sink = kind.open(view, lake, settings.speed());
        queries.add(
            query(view, kind, sink).trigger(Trigger.ProcessingTime(sink.trigger().toMillis())));
      }
    }

    return queries;
  }

  /** Queries that take what the topic holds now, and end. */
  public List<DataStreamWriter<Row>> draining(Collection<View> views) {
    List<DataStreamWriter<Row>> queries = new ArrayList<>();
    for (View view : views) {
      for (Sink.Kind kind : sinks(settings)) {
        Sink sink = kind.open(view, lake, settings.speed());
        queries.add(query(view, kind, sink).trigger(Trigger.AvailableNow()));
      }
    }

    return queries;
  }

  /** The name of a view's query to its Delta table. */
  public static String deltaQuery(View view) {
    return queryName(view, Sink.Kind.delta);
  }

  /**
   * The configured sinks.
   *
   * @throws Failure naming the key when one is unknown
   */
  static List<Sink.Kind> sinks(Settings settings) {
    List<String> known = Arrays.stream(Sink.Kind.values()).map(Sink.Kind::name).toList();
    List<String> wanted = settings.speed().sinks();
    if (wanted.isEmpty() || !known.containsAll(wanted)) {
      throw Failure.usage("Invalid speed.sinks %s: expected some of %s".formatted(wanted, known));
    }

    return wanted.stream().distinct().map(Sink.Kind::valueOf).toList();
  }

  /**
   * The view as a stream of changed windows.
   *
   * @param records streaming rows of {@link EventSchema#RECORD}
   */
  static Dataset<Row> changes(
      Dataset<Row> records, View view, Duration maxFutureSkew, Duration lateTolerance) {
    Dataset<Row> parsed =
        Events.parse(records, maxFutureSkew, current_timestamp())
            .observe(
                SpeedLedger.RECORDS,
                count(lit(1)).as("read"),
                count_if(Events.accepted().unary_$bang()).as("rejected"));
    Dataset<Row> events =
        Events.accepted(parsed)
            .withWatermark(EventSchema.EVENT_TIMESTAMP, lateTolerance.toMillis() + " milliseconds")
            .dropDuplicatesWithinWatermark(
                new String[] {EventSchema.EVENT_KEY, EventSchema.EVENT_DATE})
            .observe(SpeedLedger.COUNTED, count(lit(1)).as("events"));
    return Metrics.aggregate(events, view).withColumn(View.COMPUTED_AT, current_timestamp());
  }

  private DataStreamWriter<Row> query(View view, Sink.Kind kind, Sink sink) {
    lake.createServing(view);
    Dataset<Row> records =
        KafkaRecords.stream(
            spark,
            settings.kafka(),
            settings.speed().startingOffsets(),
            settings.speed().maxRecordsPerBatch());
    Dataset<Row> changes =
        changes(records, view, settings.maxFutureSkew(), settings.speed().lateTolerance());
    return changes
        .writeStream()
        .queryName(queryName(view, kind))
        .outputMode(view.window().updatable() ? "update" : "append")
        .foreachBatch(sink)
        .option("checkpointLocation", lake.checkpoint("speed", view.name(), kind.name()));
  }

  private static String queryName(View view, Sink.Kind kind) {
    return "speed %s %s".formatted(view.name(), kind);
  }
}
