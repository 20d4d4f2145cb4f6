package bench;

import common.metrics.View;
import common.settings.Duplicates;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQuery;
import testing.Folders;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestSpark;

/**
 * Measures the memory and the checkpoint size of the speed job's state for {@code device_metrics}:
 * one event per device and minute, for N devices and two minutes, so that the deduplication holds
 * 2N ids and the windows 2N rows.
 *
 * <pre>scripts/bench.sh state [--quick]</pre>
 */
public final class StateSize {
  private static final Instant START = Instant.parse("2026-01-31T10:00:00Z");
  private static final int MINUTES = 2;

  private StateSize() {}

  public static void main(String[] arguments) throws Exception {
    List<Integer> sizes =
        List.of(arguments).contains("--quick")
            ? List.of(100, 1_000)
            : List.of(1_000, 10_000, 100_000);
    View view = TestSpark.settings(Map.of()).views().named("device_metrics");
    Path folder = Files.createTempDirectory("state-size");
    System.out.println("| devices | state | rows | memory, bytes per row |");
    System.out.println("|---|---|---|---|");
    List<String> checkpoints = new ArrayList<>();
    List<String> figures = new ArrayList<>();
    for (int devices : sizes) {
      Path checkpoint = folder.resolve(String.valueOf(devices));
      for (StateOperatorProgress state : fill(view, devices, checkpoint)) {
        System.out.printf(
            Locale.ROOT,
            "| %,d | %s | %,d | %,.0f |%n",
            devices,
            state.operatorName(),
            state.numRowsTotal(),
            (double) state.memoryUsedBytes() / state.numRowsTotal());
        figures.add(
            "{\"bench\": \"state\", \"devices\": %d, \"state\": \"%s\", \"rows\": %d, \"memory_bytes\": %d}"
                .formatted(
                    devices, state.operatorName(), state.numRowsTotal(), state.memoryUsedBytes()));
      }

      checkpoints.add(
          "| %,d | %,d |"
              .formatted(devices, bytes(checkpoint.resolve("state")) / (MINUTES * devices)));
    }

    System.out.println("\n| devices | checkpoint, bytes per event |\n|---|---|");
    checkpoints.forEach(System.out::println);
    Figures.write(figures);
    Folders.delete(folder);
  }

  private static List<StateOperatorProgress> fill(View view, int devices, Path checkpoint)
      throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query =
        SpeedStream.of(
                stream,
                view,
                Duration.ZERO,
                Duration.ofMinutes(5),
                Duplicates.drop,
                checkpoint,
                (rows, batchId) -> rows.write().format("noop").mode("overwrite").save())
            .start();
    try {
      for (int minute = 0; minute < MINUTES; minute++) {
        stream.add(Records.ofDevices(devices, minute, START.plus(Duration.ofMinutes(minute)), 20));
        query.processAllAvailable();
      }

      return List.of(query.lastProgress().stateOperators());
    } finally {
      query.stop();
    }
  }

  private static long bytes(Path folder) throws Exception {
    try (Stream<Path> files = Files.walk(folder)) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
