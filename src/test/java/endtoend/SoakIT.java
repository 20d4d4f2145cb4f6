package endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import common.metrics.View;
import common.streaming.RunningQueries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.compaction.CompactionJob;
import speed.SpeedJob;
import testing.Pipeline;
import testing.Records;

/**
 * The speed job over time, alongside batch and compaction: heap, state, checkpoint and live rows
 * stay level. Event time runs a hundred times faster than the clock, so that windows and state
 * expire as in a long run. By default, the test runs for nine samples; {@code -Dsoak.seconds=900}
 * runs for a quarter of an hour.
 *
 * <p>Files that no version needs any longer remain for a week, until vacuum may delete them. The
 * number of files therefore grows, and is printed but not limited.
 */
class SoakIT {
  private static final long SECONDS = Long.getLong("soak.seconds", 0);
  private static final long SAMPLE_SECONDS = 2;
  private static final int EVENTS_A_SAMPLE = 500;
  private static final long SPEEDUP = 100;
  private static final int LEAST_SAMPLES = 9;
  private static final int CATCH_UP = 3;
  private static final String RETAINED = "spark.sql.streaming.minBatchesToRetain";

  @TempDir private Path folder;

  private record Sample(
      long heapMb, long stateRows, long checkpointFiles, long liveRows, long dead) {}

  @Test
  void heapStateAndFilesStayLevel() throws Exception {
    List<Sample> samples = new ArrayList<>();
    Map<String, String> settings =
        Map.of(
            "speed.delta.trigger", "1 second",
            "speed.retention", "20 minutes",
            "serving.settle", "0 seconds",
            "serving.batch-lag", "5 minutes");
    try (Pipeline pipeline = new Pipeline(folder, settings)) {
      View view = pipeline.lake().view("device_metrics");
      pipeline.lake().spark().conf().set(RETAINED, 3);
      SpeedJob job = new SpeedJob(pipeline.lake().spark(), pipeline.lake().settings());
      try (RunningQueries queries = job.follow(List.of(view))) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
        Instant start = Instant.parse("2026-01-01T00:00:00Z");
        for (int i = 0; i < LEAST_SAMPLES || System.nanoTime() < end; i++) {
          pipeline.send(events(start.plusSeconds(i * SAMPLE_SECONDS * SPEEDUP), i));
          TimeUnit.SECONDS.sleep(SAMPLE_SECONDS);
          queries.processAllAvailable();
          if (i % CATCH_UP == CATCH_UP - 1) {
            pipeline.ingest();
            pipeline.batch(view);
            new CompactionJob(
                    pipeline.lake().spark(), pipeline.lake().settings(), Clock.systemUTC())
                .run(view);
          }

          samples.add(sample(pipeline, view));
          System.err.println("SoakIT: " + samples.get(i));
        }
      } finally {
        pipeline.lake().spark().conf().unset(RETAINED);
      }

      assertThat(job.account(view).balances()).isTrue();
      assertThat(job.account(view).counted()).isPositive();
    }

    assertLevel(samples, "heap in MB", Sample::heapMb, 40);
    assertLevel(samples, "state rows", Sample::stateRows, 50);
    assertLevel(samples, "checkpoint files", Sample::checkpointFiles, 20);
    assertLevel(samples, "live rows", Sample::liveRows, 50);
  }

  /**
   * Asserts that the last third's minimum exceeds the middle third's maximum by at most a quarter
   * plus {@code little}.
   */
  private static void assertLevel(
      List<Sample> samples, String what, ToLongFunction<Sample> measure, long little) {
    int third = samples.size() / 3;
    assertThat(third).as("samples").isPositive();
    long middle = samples.subList(third, 2 * third).stream().mapToLong(measure).max().orElseThrow();
    long last =
        samples.subList(samples.size() - third, samples.size()).stream()
            .mapToLong(measure)
            .min()
            .orElseThrow();
    assertThat(last).as("%s: %s", what, samples).isLessThanOrEqualTo(middle * 5 / 4 + little);
  }

  private Sample sample(Pipeline pipeline, View view) throws IOException {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    long heap = (runtime.totalMemory() - runtime.freeMemory()) >> 20;
    long state = 0;
    for (StreamingQuery query : pipeline.lake().spark().streams().active()) {
      for (StateOperatorProgress operator : query.lastProgress().stateOperators()) {
        state += operator.numRowsTotal();
      }
    }

    Path speed = Path.of(pipeline.lake().lake().speedView(view).path());
    long live = pipeline.lake().lake().speedView(view).read().inputFiles().length;
    return new Sample(
        heap,
        state,
        files(folder.resolve("lake/checkpoints/speed"), ""),
        pipeline
            .lake()
            .lake()
            .speedView(view)
            .read()
            .select(View.WINDOW_START)
            .collectAsList()
            .size(),
        files(speed, ".parquet") - live);
  }

  private static long files(Path below, String suffix) throws IOException {
    try (Stream<Path> files = Files.walk(below)) {
      return files.filter(file -> file.toString().endsWith(suffix)).count();
    }
  }

  private static String[] events(Instant start, int sample) {
    List<String> events = new ArrayList<>();
    for (int i = 0; i < EVENTS_A_SAMPLE; i++) {
      Instant time = start.plusSeconds(i * SAMPLE_SECONDS * SPEEDUP / EVENTS_A_SAMPLE);
      events.add(Records.event(sample + "-" + i, "d" + i % 10, time.toString(), i % 50));
    }

    return events.toArray(String[]::new);
  }
}
