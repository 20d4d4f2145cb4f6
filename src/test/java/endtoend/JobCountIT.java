package endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.View;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerJobStart;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import testing.Commands;
import testing.InProcess;
import testing.Pipeline;
import testing.Records;
import testing.TestLake;
import testing.TestSpark;

/**
 * Limits the number of Spark jobs that a command starts on a small lake with both layers, because
 * each job adds a tenth of a second or more to a short command.
 */
class JobCountIT {
  private static final AtomicInteger JOBS = new AtomicInteger();
  private static final SparkListener COUNTER =
      new SparkListener() {
        @Override
        public void onJobStart(SparkListenerJobStart started) {
          JOBS.incrementAndGet();
        }
      };

  @TempDir private static Path shared;
  private static TestLake built;

  /** Delta caches table state by path, so each test has its own. */
  @TempDir private Path folder;

  @BeforeAll
  static void bothLayers() throws Exception {
    try (Pipeline pipeline = new Pipeline(shared, Map.of())) {
      View view = pipeline.lake().view("device_metrics");
      pipeline.send(event("1", "10:00"), event("2", "10:01"), event("3", "10:30"));
      pipeline.ingest();
      pipeline.batch(view);
      pipeline.send(event("4", "10:31"));
      pipeline.speed(view);
      pipeline.ingest();
      pipeline.batch(view);
      built = pipeline.lake();
    }

    TestSpark.session().sparkContext().addSparkListener(COUNTER);
  }

  @AfterAll
  static void stopCounting() {
    TestSpark.session().sparkContext().removeSparkListener(COUNTER);
  }

  @BeforeEach
  void copyLake() throws Exception {
    built.copy(folder.resolve("lake"));
  }

  @Test
  void whatTheLogsAndSmallTablesAnswerTakesNone() throws Exception {
    assertThat(jobs("runs", "--view", "device_metrics")).isZero();
    assertThat(jobs("boundary", "--view", "device_metrics")).isZero();
    assertThat(jobs("sql", "--view", "device_metrics")).isZero();
  }

  @Test
  void aQueryOnOneMachineTakesNone() throws Exception {
    assertThat(jobs("query", "--view", "device_metrics", "--key", "d")).isZero();
  }

  @Test
  void aQueryOnAClusterReadsEachLayerOnce() throws Exception {
    TestLake lake = new TestLake(folder.resolve("lake"));
    View view = lake.view("device_metrics");
    RowFilter key = new RowFilter(Optional.empty(), Optional.empty()).withKey(view, "d");
    countJobs();

    assertThat(
            new QueryRouter(lake.spark(), lake.lake())
                .rows(view, Accuracy.any, key)
                .collectAsList())
        .isNotEmpty();

    assertThat(counted("QueryRouter")).isLessThanOrEqualTo(8);
  }

  @Test
  void theStatusOfAViewReadsEachTableOnce() throws Exception {
    // The fixture's events are old, and few.
    assertThat(jobs(1, "status", "--view", "device_metrics")).isLessThanOrEqualTo(2);
  }

  @Test
  void anIdleIncrementalRunWritesItsRecordAlone() throws Exception {
    assertThat(jobs("batch", "--view", "device_metrics", "--incremental")).isLessThanOrEqualTo(2);
  }

  @Test
  void aSmallFileAndTheRunThatCountsItTakeFew() throws Exception {
    Path file = Files.write(folder.resolve("one.jsonl"), List.of(event("5", "10:32")));

    assertThat(jobs("ingest", "--from", file.toString())).isLessThanOrEqualTo(4);
    assertThat(jobs("batch", "--view", "device_metrics", "--incremental")).isLessThanOrEqualTo(13);
  }

  private int jobs(String... command) throws Exception {
    return jobs(0, command);
  }

  private int jobs(int exitCode, String... command) throws Exception {
    countJobs();
    String[] words = List.of(command).toArray(new String[command.length + 2]);
    words[command.length] = "-D";
    words[command.length + 1] = "lake.root=" + folder.resolve("lake");
    Commands.Result result = InProcess.run(words);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);

    return counted(String.join(" ", command));
  }

  private static void countJobs() throws Exception {
    TestSpark.session().sparkContext().listenerBus().waitUntilEmpty();
    JOBS.set(0);
  }

  private static int counted(String what) throws Exception {
    TestSpark.session().sparkContext().listenerBus().waitUntilEmpty();
    System.err.printf("%s: %d Spark jobs%n", what, JOBS.get());
    return JOBS.get();
  }

  private static String event(String id, String time) {
    return Records.event(id, "d", "2026-01-31T%s:00Z".formatted(time), 70);
  }
}
