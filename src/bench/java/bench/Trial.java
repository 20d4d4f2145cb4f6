package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The cost of one run of a system.
 *
 * @param cpuSeconds user and system time of the process and its children
 * @param peakBytes peak resident memory of the largest of these processes
 */
record Trial(double wallSeconds, double cpuSeconds, long peakBytes) {
  private static final int POLL_MILLIS = 200;

  /**
   * Runs a command and waits for it to end.
   *
   * @param log receives the command's output
   * @throws IllegalStateException if the command fails; the message ends with the last lines of the
   *     log
   */
  static Trial of(List<String> command, Map<String, String> environment, Path log)
      throws IOException, InterruptedException {
    // The shell reports the CPU time of its children; Java has no such method.
    List<String> timed =
        new ArrayList<>(List.of("bash", "-c", "\"$@\"; code=$?; times >\"$0\"; exit $code"));
    Path times = log.resolveSibling(log.getFileName() + ".times");
    timed.add(times.toString());
    timed.addAll(command);
    ProcessBuilder builder = new ProcessBuilder(timed).redirectErrorStream(true);
    builder.redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    long started = System.nanoTime();
    Process process = builder.start();
    long peak = 0;
    do {
      peak = Math.max(peak, peak(process.toHandle()));
    } while (!process.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS));

    double wall = (System.nanoTime() - started) / 1e9;
    if (process.exitValue() != 0) {
      List<String> lines = Files.readAllLines(log);
      throw new IllegalStateException(
          "Exit code %d of %s:%n%s"
              .formatted(
                  process.exitValue(),
                  String.join(" ", command),
                  String.join("\n", lines.subList(Math.max(0, lines.size() - 15), lines.size()))));
    }

    return new Trial(wall, cpuSeconds(Files.readAllLines(times).get(1)), peak);
  }

  /** The figures as a JSON object. */
  String json(String bench, String contender, long events) {
    return String.format(
        Locale.ROOT,
        "{\"bench\": \"%s\", \"contender\": \"%s\", \"events\": %d, \"wall_s\": %.3f, \"cpu_s\": %.3f, \"peak_bytes\": %d}",
        bench,
        contender,
        events,
        wallSeconds,
        cpuSeconds,
        peakBytes);
  }

  /**
   * Parses the second line of {@code times}, the user and system time of the children: {@code
   * 1m2.5s 0m0.25s}.
   */
  private static double cpuSeconds(String line) {
    return Stream.of(line.split(" "))
        .mapToDouble(
            time -> {
              String[] parts = time.replace("s", "").split("m");
              return 60 * Double.parseDouble(parts[0]) + Double.parseDouble(parts[1]);
            })
        .sum();
  }

  private static long peak(ProcessHandle shell) {
    return Stream.concat(Stream.of(shell), shell.descendants())
        .mapToLong(process -> peak(Path.of("/proc", String.valueOf(process.pid()), "status")))
        .max()
        .orElse(0);
  }

  private static long peak(Path status) {
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(line -> line.startsWith("VmHWM:"))
          .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("\\D", "")))
          .findFirst()
          .orElse(0);
    } catch (IOException | java.io.UncheckedIOException ended) {
      return 0;
    }
  }
}
