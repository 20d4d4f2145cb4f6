package speed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.apache.spark.sql.functions.col;

import common.ErrorCode;
import common.Failure;
import common.event.EventSchema;
import common.event.Events;
import common.lake.Baselines;
import common.lake.Lake;
import common.metrics.Metrics;
import common.metrics.View;
import common.ops.StreamAccount;
import common.ops.StreamProgress;
import common.session.JobDescription;
import common.settings.Duplicates;
import common.settings.Settings;
import common.streaming.BatchClock;
import common.streaming.Checkpoint;
import common.streaming.KafkaRecords;
import common.streaming.Ledger;
import common.streaming.Observations;
import common.streaming.RunningQueries;
import common.streaming.StreamStart;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import speed.sink.Sink;

/**
 * Maintains speed views from the topic: parses records, applies the watermark, drops late events
 * and duplicates ({@code speed.duplicates}), aggregates with the function that the batch layer also
 * uses, and upserts the changed windows. Each sink of a view has its own query, named {@code speed
 * VIEW SINK}.
 *
 * <p>An event that is more than {@code speed.late-tolerance} behind the newest event is dropped
 * here and counted by the next batch run.
 */
public final class SpeedJob {
  private static final String LATE = "late";

  private final SparkSession spark;
  private final Lake lake;
  private final Settings settings;
  private final Ledger ledger;

  public SpeedJob(SparkSession spark, Settings settings) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.settings = settings;
    this.ledger = new Ledger(spark, lake, settings.streaming().ledgerPolicy());
  }

  /** Starts continuous queries, each at its sink's trigger interval. */
  public RunningQueries follow(Collection<View> views) throws TimeoutException {
    return start(views, Pace.follow);
  }

  /** Starts queries that process the records that the topic holds at the start, then end. */
  public RunningQueries drain(Collection<View> views) throws TimeoutException {
    return start(views, Pace.drain);
  }

  /**
   * The counts of a view's records in this run, by outcome, from the query of the first configured
   * sink.
   */
  public StreamAccount.Split account(View view) {
    return ledger.of(queryName(view, sinks(settings, view).get(0)));
  }

  private RunningQueries start(Collection<View> views, Pace pace) throws TimeoutException {
    List<RunningQueries.Planned> queries = new ArrayList<>();
    try {
      for (View view : views) {
        JobDescription.during(
            spark,
            "speed %s: check tables and checkpoints".formatted(view.name()),
            () -> plan(view, pace, queries));
      }
    } catch (Exception refused) {
      // Spark throws checked exceptions without declaring them.
      queries.forEach(RunningQueries.Planned::close);
      throw refused;
    }

    return RunningQueries.start(spark, queries, ledger);
  }

  private void plan(View view, Pace pace, List<RunningQueries.Planned> queries) {
    lake.of(view).create();
    for (SinkKind kind : sinks(settings, view)) {
      Sink sink = kind.open(spark, view, lake, settings);
      try {
        queries.add(
            new RunningQueries.Planned(
                query(view, kind, sink).trigger(pace.trigger(sink)),
                pace.emptyMicroBatches(updates(view, sink)),
                sink));
      } catch (Exception refused) {
        sink.close();
        throw refused;
      }
    }
  }

  private static boolean updates(View view, Sink sink) {
    return view.window().updatable() && sink.emission() == Sink.Emission.changed;
  }

  /**
   * The configured sinks.
   *
   * @throws Failure naming the key when no sink is configured or a sink is unknown
   */
  static List<SinkKind> sinks(Settings settings) {
    List<String> known = Arrays.stream(SinkKind.values()).map(SinkKind::name).toList();
    List<String> wanted = settings.speed().sinks();
    if (wanted.isEmpty() || !known.containsAll(wanted)) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "Invalid speed.sinks %s: expected one or more of %s".formatted(wanted, known));
    }

    return wanted.stream().distinct().map(SinkKind::valueOf).toList();
  }

  /**
   * The configured sinks that serve the view.
   *
   * @throws Failure when there is none
   */
  static List<SinkKind> sinks(Settings settings, View view) {
    List<SinkKind> serving = sinks(settings).stream().filter(sink -> sink.serves(view)).toList();
    if (serving.isEmpty()) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "View %1$s has no levels, so the alerts sink has nothing to do for it: define views.%1$s.levels, or add another sink to speed.sinks"
              .formatted(view.name()));
    }

    return serving;
  }

  /**
   * The view as a stream of changed windows, for a sink wrapped by {@link BatchClock#timed}.
   *
   * @param records streaming rows of {@link EventSchema#RECORD}
   */
  public static Dataset<Row> changes(
      Dataset<Row> records,
      View view,
      Duration maxFutureSkew,
      Duration lateTolerance,
      Duplicates duplicates) {
    Column now = BatchClock.now();
    Column outOfOrder = BatchClock.lateWithin(Events.time(), lateTolerance.dividedBy(2));
    Dataset<Row> parsed =
        Events.withoutRecord(
            Observations.ofRecords(Events.parse(records, maxFutureSkew, now), outOfOrder));
    Dataset<Row> arrived =
        Events.keyed(parsed)
            .withWatermark(EventSchema.EVENT_TIMESTAMP, lateTolerance.toMillis() + " milliseconds");
    Dataset<Row> events =
        switch (duplicates) {
          case drop ->
              arrived.dropDuplicatesWithinWatermark(
                  new String[] {EventSchema.EVENT_KEY, EventSchema.EVENT_DATE});
          case count -> onTime(arrived);
        };
    return Metrics.aggregate(Observations.ofCounted(events), view)
        .withColumn(View.COMPUTED_AT, now);
  }

  /** Drops the late events that deduplication would drop; aggregation alone would keep some. */
  private static Dataset<Row> onTime(Dataset<Row> arrived) {
    Dataset<Row> judged =
        arrived.withColumn(LATE, BatchClock.late(col(EventSchema.EVENT_TIMESTAMP)));
    return Observations.ofLate(judged, col(LATE)).where(col(LATE).unary_$bang()).drop(LATE);
  }

  private DataStreamWriter<Row> query(View view, SinkKind kind, Sink sink) {
    Checkpoint checkpoint =
        new Checkpoint(spark, lake.checkpoint("speed", view.name(), kind.name(), id(view)));
    StreamStart.Start start =
        new StreamStart(checkpoint, settings.streaming().sourcePolicy())
            .fromKafka(lake.speedView(view), settings.kafka());
    ledger.open(queryName(view, kind), checkpoint);
    Dataset<Row> records =
        KafkaRecords.stream(
            spark,
            settings,
            start.startedOver() ? "earliest" : settings.speed().startingOffsets(),
            settings.speed().maxRecordsPerBatch());
    Dataset<Row> changes =
        changes(
            records,
            view,
            settings.maxFutureSkew(),
            settings.speed().lateTolerance(),
            settings.speed().duplicates());
    return changes
        .writeStream()
        .queryName(queryName(view, kind))
        .outputMode(updates(view, sink) ? "update" : "append")
        .foreachBatch(
            start.lease().guarded(BatchClock.timed(checkpoint, described(view, kind, sink))))
        .option("checkpointLocation", checkpoint.path());
  }

  /**
   * Describes the Spark jobs of a micro-batch, because Spark's own description consists of ids and
   * is the same for all jobs of the micro-batch.
   */
  private VoidFunction2<Dataset<Row>, Long> described(View view, SinkKind kind, Sink sink) {
    BiConsumer<Dataset<Row>, Long> judged = judged(view, sink);
    return (changed, batchId) ->
        JobDescription.during(
            spark,
            "%s: micro-batch %d".formatted(queryName(view, kind), batchId),
            () -> judged.accept(changed, batchId));
  }

  private BiConsumer<Dataset<Row>, Long> judged(View view, Sink sink) {
    if (view.baselineMeasures().isEmpty()) {
      return sink::call;
    }

    Baselines baselines = new Baselines(lake);
    baselines.create();
    LiveBaseline baseline = new LiveBaseline(view, baselines);
    return (changed, batchId) -> baseline.judge(changed, rows -> sink.call(rows, batchId));
  }

  /**
   * Identifies the checkpoint. Its state is valid for only one view definition and one treatment of
   * duplicates, so each combination has its own checkpoint.
   */
  private String id(View view) {
    String state =
        switch (settings.speed().duplicates()) {
          case drop -> view.definition();
          case count -> view.definition() + ", duplicates counted";
        };
    return UUID.nameUUIDFromBytes(state.getBytes(UTF_8)).toString();
  }

  private static String queryName(View view, SinkKind kind) {
    return StreamProgress.speedQuery(view, kind.name());
  }
}
