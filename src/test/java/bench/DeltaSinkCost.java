package bench;

import com.sun.management.OperatingSystemMXBean;
import common.metrics.View;
import common.settings.Duplicates;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.streaming.StreamingQuery;
import speed.sink.delta.DeltaSink;
import testing.Folders;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestLake;

/**
 * Measures the CPU time of the process and the wall time of the speed job's micro-batches that
 * change 300 windows of {@code device_metrics} in the Delta sink, once warm: one event per device
 * and 20 seconds of event time, so that two of three micro-batches update windows that an earlier
 * one wrote.
 *
 * <pre>scripts/bench.sh delta-sink [--quick]</pre>
 */
public final class DeltaSinkCost {
  private static final Instant START = Instant.parse("2026-01-31T10:00:00Z");
  private static final int DEVICES = 300;
  private static final Duration STEP = Duration.ofSeconds(20);

  private DeltaSinkCost() {}

  public static void main(String[] arguments) throws Exception {
    boolean quick = List.of(arguments).contains("--quick");
    int warmup = quick ? 2 : 60;
    int measured = quick ? 3 : 30;
    Path folder = Files.createTempDirectory("delta-sink");
    TestLake lake = new TestLake(folder.resolve("lake"), Map.of());
    View view = lake.view("device_metrics");
    lake.lake().of(view).create();
    RecordStream stream = new RecordStream();
    StreamingQuery query =
        SpeedStream.of(
                stream,
                view,
                Duration.ZERO,
                Duration.ofMinutes(2),
                Duplicates.drop,
                folder.resolve("checkpoint"),
                new DeltaSink(view, lake.lake().speedView(view), Duration.ZERO))
            .start();
    List<Double> cpu = new ArrayList<>();
    List<Double> wall = new ArrayList<>();
    try {
      for (int batch = 0; batch < warmup + measured; batch++) {
        stream.add(Records.ofDevices(DEVICES, batch, START.plus(STEP.multipliedBy(batch)), 20));
        double cpuBefore = cpuSeconds();
        long before = System.nanoTime();
        query.processAllAvailable();
        cpu.add(cpuSeconds() - cpuBefore);
        wall.add((System.nanoTime() - before) / 1e9);
      }
    } finally {
      query.stop();
    }

    System.out.println(
        "| a micro-batch of %d changed rows | median | min | max | median of the first ten |"
            .formatted(DEVICES));
    System.out.println("|---|---|---|---|---|");
    List<String> figures = new ArrayList<>();
    report("CPU, s", "cpu_s", cpu, warmup, figures);
    report("wall, s", "wall_s", wall, warmup, figures);
    Figures.write(figures);
    Folders.delete(folder);
  }

  private static void report(
      String label, String name, List<Double> all, int warmup, List<String> figures) {
    List<Double> warm = all.subList(warmup, all.size()).stream().sorted().toList();
    List<Double> cold = all.stream().limit(10).sorted().toList();
    double median = warm.get(warm.size() / 2);
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.2f | %.2f |%n",
        label,
        median,
        warm.get(0),
        warm.get(warm.size() - 1),
        cold.get(cold.size() / 2));
    figures.add(
        String.format(
            Locale.ROOT,
            "{\"bench\": \"delta-sink\", \"measure\": \"%s\", \"rows\": %d, \"micro_batches\": %d, \"median\": %.3f, \"min\": %.3f, \"max\": %.3f}",
            name,
            DEVICES,
            warm.size(),
            median,
            warm.get(0),
            warm.get(warm.size() - 1)));
  }

  private static double cpuSeconds() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
            .getProcessCpuTime()
        / 1e9;
  }
}
