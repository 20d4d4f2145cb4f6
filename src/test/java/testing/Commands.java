package testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs commands as a user does: scripts/submit.sh in separate processes. */
public final class Commands {
  private static final long PATIENCE_SECONDS = 600;

  /** JVM options for short-lived commands, which tests also use for long-running commands. */
  static final String SHORT_LIFE = "@conf/jvm-short.options";

  private final Path folder;

  /** Writes the commands' output to files in the folder. */
  public Commands(Path folder) {
    this.folder = folder;
  }

  /** The outcome of a finished command. */
  public record Result(int exitCode, String out, String err) {}

  /** A command that may still be running. */
  public record Running(Process process, Path out, Path err) {
    public Result end() throws IOException, InterruptedException {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("Still running: " + Files.readString(err));
      }

      return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    public void awaitError(String text) throws IOException, InterruptedException {
      await(text, err);
    }

    public void awaitOutput(String text) throws IOException, InterruptedException {
      await(text, out);
    }

    private void await(String text, Path file) throws IOException, InterruptedException {
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
      while (!Files.readString(file).contains(text)) {
        if (System.nanoTime() > deadline || !process.isAlive()) {
          throw new AssertionError(
              "No '%s' in: %s%s".formatted(text, Files.readString(out), Files.readString(err)));
        }

        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
  }

  public Running start(Map<String, String> environment, String... command) throws IOException {
    return start(List.of("scripts/submit.sh"), environment, command);
  }

  /** Starts a command that cannot grow any file beyond {@code kib} KiB, as on a full disk. */
  public Running startWhereDisksAreFull(int kib, Map<String, String> environment, String... command)
      throws IOException {
    String limited = "ulimit -f %d && exec scripts/submit.sh \"$@\"".formatted(kib);
    return start(List.of("bash", "-c", limited, "bash"), environment, command);
  }

  /** Starts a program other than scripts/submit.sh. */
  public Running start(List<String> program, Map<String, String> environment, String... command)
      throws IOException {
    List<String> line = new ArrayList<>(program);
    line.addAll(List.of(command));
    Path out = Files.createTempFile(folder, command[0], ".out");
    Path err = Files.createTempFile(folder, command[0], ".err");
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().keySet().removeAll(List.of("SPARK_HOME", "LAKE_ROOT"));
    builder.environment().put("DRIVER_JAVA_OPTIONS", SHORT_LIFE);
    builder.environment().putAll(environment);
    builder.redirectOutput(out.toFile()).redirectError(err.toFile());
    return new Running(builder.start(), out, err);
  }

  public Result run(String... command) throws IOException, InterruptedException {
    return start(Map.of(), command).end();
  }
}
