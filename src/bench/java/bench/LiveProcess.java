package bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A JVM under test that runs until stopped, and that a script may have started. */
final class LiveProcess implements AutoCloseable {
  private static final Pattern USED = Pattern.compile("total \\d+K, used (\\d+)K");
  private static final long PATIENCE_SECONDS = 30;

  private final Process process;
  private final Path log;

  private LiveProcess(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /**
   * Starts the process.
   *
   * @param log receives its output
   */
  static LiveProcess start(List<String> command, Path log) throws IOException {
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    LiveProcess live = new LiveProcess(process, log);
    // Also stops the process when this JVM terminates.
    Runtime.getRuntime().addShutdownHook(new Thread(live::destroy));
    return live;
  }

  /** Throws unless the process is running. */
  void requireAlive() {
    if (!process.isAlive()) {
      throw new IllegalStateException("The process has exited: see " + log);
    }
  }

  /** User and system time so far. */
  double cpuSeconds() {
    return all()
        .flatMap(each -> each.info().totalCpuDuration().stream())
        .mapToDouble(duration -> duration.toMillis() / 1e3)
        .sum();
  }

  /** Live bytes on the heap, after a full collection. */
  long liveHeap() throws IOException, InterruptedException {
    String pid =
        all()
            .filter(each -> each.info().command().orElse("").endsWith("/java"))
            .map(each -> String.valueOf(each.pid()))
            .findFirst()
            .orElseThrow();
    jcmd(pid, "GC.run");
    Matcher used = USED.matcher(jcmd(pid, "GC.heap_info"));
    if (!used.find()) {
      throw new IllegalStateException("jcmd does not report the heap in the expected form");
    }

    return 1024 * Long.parseLong(used.group(1));
  }

  private static String jcmd(String pid, String command) throws IOException, InterruptedException {
    Path jcmd = Path.of(Services.java()).resolveSibling("jcmd");
    Process process =
        new ProcessBuilder(jcmd.toString(), pid, command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes());
    process.waitFor();
    return output;
  }

  private Stream<ProcessHandle> all() {
    return Stream.concat(Stream.of(process.toHandle()), process.descendants());
  }

  private void destroy() {
    all().forEach(ProcessHandle::destroy);
  }

  @Override
  public void close() throws InterruptedException {
    List<ProcessHandle> processes = all().toList();
    destroy();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      processes.forEach(ProcessHandle::destroyForcibly);
    }
  }
}
