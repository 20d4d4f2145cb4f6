package bench;

import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import common.event.EventSchema;
import common.event.Events;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Measures the time and the bytes read of incremental runs over histories of different lengths with
 * the same new data, alongside the time of a run over the whole history. Rounds are interleaved;
 * the table shows medians.
 *
 * <pre>scripts/bench.sh incremental [--quick]</pre>
 */
public final class IncrementalCost {
  private static final int EVENTS_A_DAY = 20_000;
  private static final int ROUNDS = 3;
  private static final LocalDate TODAY = LocalDate.parse("2026-06-30");

  private final SparkSession spark;
  private final Settings settings;
  private final Lake lake;
  private final View view;
  private final int days;
  private final AtomicLong bytes = new AtomicLong();
  private final List<Long> millis = new ArrayList<>();
  private final List<Long> read = new ArrayList<>();

  private IncrementalCost(Path folder, int days) {
    this.settings =
        Settings.load(
            Optional.empty(), Map.of("lake.root", folder.resolve("days-" + days).toString()));
    this.spark = Session.of("bench", settings).spark();
    this.lake = new Lake(spark, settings.lakeRoot());
    this.view = settings.views().named("device_metrics");
    this.days = days;
  }

  public static void main(String[] arguments) throws Exception {
    boolean quick = List.of(arguments).contains("--quick");
    int shortest = quick ? 1 : 5;
    Path folder = Files.createTempDirectory("incremental-cost");
    List<IncrementalCost> histories = new ArrayList<>();
    for (int factor : List.of(1, 4, 16)) {
      histories.add(new IncrementalCost(folder, shortest * factor));
    }

    List<Long> whole = new ArrayList<>();
    for (IncrementalCost history : histories) {
      history.fill();
      whole.add(history.run(new BatchRequest.Whole())[0]);
    }

    int rounds = quick ? 1 : ROUNDS;
    for (int round = 0; round < rounds; round++) {
      for (IncrementalCost history : histories) {
        history.arrive(TODAY, 2_000, "new-" + round);
        history.arrive(TODAY.minusDays(3), 10, "late-" + round);
        long[] cost = history.run(new BatchRequest.Incremental());
        history.millis.add(cost[0]);
        history.read.add(cost[1]);
      }
    }

    List<String> figures = new ArrayList<>();
    System.out.println(
        "| history | events | whole run, s | incremental, s | incremental, MB read |");
    System.out.println("|---|---|---|---|---|");
    for (int i = 0; i < histories.size(); i++) {
      IncrementalCost history = histories.get(i);
      System.out.printf(
          "| %d days | %,d | %.1f | %.1f | %.2f |%n",
          history.days,
          (long) history.days * EVENTS_A_DAY,
          whole.get(i) / 1e3,
          median(history.millis) / 1e3,
          median(history.read) / 1e6);
      figures.add(
          String.format(
              Locale.ROOT,
              "{\"bench\": \"incremental\", \"days\": %d, \"whole_ms\": %d, \"incremental_ms\": %s, \"bytes_read\": %s}",
              history.days,
              whole.get(i),
              history.millis,
              history.read));
    }

    Figures.write(figures);
  }

  private static long median(List<Long> values) {
    return values.stream().sorted().toList().get(values.size() / 2);
  }

  private void fill() {
    lake.master().create();
    for (int day = days; day >= 1; day--) {
      arrive(TODAY.minusDays(day), EVENTS_A_DAY, "history");
    }
  }

  /** Appends one commit to the master dataset, as ingest does. */
  private void arrive(LocalDate date, int events, String id) {
    long start = date.atStartOfDay(ZoneOffset.UTC).toEpochSecond();
    long step = Duration.ofDays(1).toSeconds() / Math.max(1, Math.min(events, 86_400));
    Dataset<Row> records =
        spark
            .range(0, events, 1, 1)
            .select(
                expr("""
                        cast(concat('{"eventId":"%s-%s-', id, '","deviceId":"d', id %% 50,
                          '","userId":"u', id %% 997, '","temperature":', 20 + id %% 60,
                          ',"energyConsumed":0.5,"eventTimestamp":"',
                          date_format(timestamp_seconds(%d + (id * %d) %% 86400),
                            "yyyy-MM-dd'T'HH:mm:ss'Z'"), '"}') as binary)"""
                        .formatted(id, date, start, step))
                    .as(EventSchema.BODY),
                expr("cast(null as binary)").as("json"),
                expr("cast(null as string)").as("fault"),
                lit("bench").as(EventSchema.SOURCE),
                expr("cast(null as string)").as(EventSchema.FILE),
                lit(0).as(EventSchema.PARTITION),
                expr("id").as(EventSchema.OFFSET),
                expr("cast(null as timestamp)").as(EventSchema.RECORD_TIME));
    Events.accepted(Events.parse(records, Duration.ofDays(1), lit(Instant.now())))
        .write()
        .format("delta")
        .mode("append")
        .save(lake.master().path());
  }

  private long[] run(BatchRequest request) throws Exception {
    SparkListener listener =
        new SparkListener() {
          @Override
          public void onTaskEnd(SparkListenerTaskEnd end) {
            if (end.taskMetrics() != null) {
              bytes.addAndGet(end.taskMetrics().inputMetrics().bytesRead());
            }
          }
        };
    spark.sparkContext().addSparkListener(listener);
    bytes.set(0);
    long start = System.nanoTime();
    new BatchJob(spark, settings, Clock.systemUTC()).run(view, request);
    long elapsed = Duration.ofNanos(System.nanoTime() - start).toMillis();
    spark.sparkContext().listenerBus().waitUntilEmpty();
    spark.sparkContext().removeSparkListener(listener);
    return new long[] {elapsed, bytes.get()};
  }
}
