package speed;

import static org.assertj.core.api.Assertions.assertThat;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.maintenance.MaintenanceJob;
import common.lake.LakeTable;
import common.metrics.View;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.TestViews;
import serving.compaction.CompactionJob;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import speed.sink.delta.DeltaSink;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestLake;

/**
 * Concurrent work on the same dates: a stream that upserts, batch runs that move the boundary,
 * compaction, z-order, vacuum, and two readers, one through the router and one through the SQL
 * view. Each device has two events per window, known to both layers before the readers expect them.
 * No result may miss a window, repeat a window or count only half of its events.
 */
class MaintenanceUnderLoadIT {
  private static final RowFilter ALL = new RowFilter(Optional.empty(), Optional.empty());
  private static final Instant START = Instant.parse("2026-01-31T10:00:00Z");
  private static final int ROUNDS = 3;

  @TempDir private Path folder;

  @Test
  void noReaderFailsOrSeesTheLayersOutOfStep() throws Exception {
    TestLake lake =
        new TestLake(
            folder,
            TestLake.fewMeasures(
                Map.of(
                    "serving.settle", "2 seconds",
                    "serving.batch-lag", "1 minute",
                    "speed.retention", "2 minutes")));
    View view = lake.view("device_metrics");
    lake.lake().of(view).create();
    RecordStream source = new RecordStream();
    StreamingQuery stream =
        SpeedStream.of(
                source,
                view,
                lake.settings().maxFutureSkew(),
                Duration.ofMinutes(2),
                folder.resolve("checkpoint"),
                new DeltaSink(view, lake.lake().speedView(view), Duration.ofSeconds(1)))
            .start();
    AtomicLong certain = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try {
      Future<Integer> routed = threads.submit(() -> readers(lake, view, certain, done, true));
      Future<Integer> sql = threads.submit(() -> readers(lake, view, certain, done, false));
      Future<?> upkeep = threads.submit(() -> maintain(lake, view, done));
      BatchJob batch = new BatchJob(lake.spark(), lake.settings(), Clock.systemUTC());
      for (int round = 0; round < ROUNDS; round++) {
        List<String> bodies = events(round);
        source.add(bodies);
        stream.processAllAvailable();
        lake.arrive(bodies.toArray(String[]::new));
        certain.set((round + 1) * 4L);
        batch.run(view, new BatchRequest.Incremental());
        new CompactionJob(lake.spark(), lake.settings(), Clock.systemUTC()).run(view);
      }

      done.set(true);
      assertThat(routed.get()).as("answers of the router").isPositive();
      assertThat(sql.get()).as("answers of the SQL view").isPositive();
      upkeep.get();
    } finally {
      done.set(true);
      stream.stop();
      threads.shutdown();
    }
  }

  private static int readers(
      TestLake lake, View view, AtomicLong certain, AtomicBoolean done, boolean routed) {
    int answers = 0;
    while (!done.get()) {
      long atLeast = certain.get();
      List<Row> rows =
          routed
              ? new QueryRouter(lake.spark(), lake.lake())
                  .rows(view, Accuracy.any, ALL)
                  .collectAsList()
              : lake.spark().sql(TestViews.sql(lake, view)).collectAsList();
      List<String> windows = new ArrayList<>();
      for (Row row : rows) {
        windows.add(row.getAs("device_id") + " " + row.getAs(View.WINDOW_START));
        assertThat(row.<Long>getAs("event_count")).as(row.toString()).isEqualTo(2);
      }

      assertThat(windows).doesNotHaveDuplicates();
      assertThat(windows.size()).as("windows").isGreaterThanOrEqualTo((int) atLeast);
      answers++;
    }

    return answers;
  }

  private static void maintain(TestLake lake, View view, AtomicBoolean done) {
    MaintenanceJob job = new MaintenanceJob(lake.spark());
    LocalDate tomorrow = LocalDate.parse("2026-02-01");
    while (!done.get()) {
      for (LakeTable table : List.of(lake.lake().batchView(view), lake.lake().speedView(view))) {
        job.maintain(table, View.EVENT_DATE, tomorrow, List.of("device_id"), Duration.ofDays(7));
      }
    }
  }

  /** Two minutes of events from two devices. */
  private static List<String> events(int round) {
    List<String> events = new ArrayList<>();
    for (int minute = 2 * round; minute < 2 * round + 2; minute++) {
      for (String device : List.of("a", "b")) {
        for (int second : List.of(10, 40)) {
          Instant time = START.plusSeconds(60L * minute + second);
          events.add(Records.event(device + time, device, time.toString(), minute));
        }
      }
    }

    return events;
  }
}
