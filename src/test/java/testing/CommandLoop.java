package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs commands one after another in a single JVM with its own environment and class path.
 *
 * <p>Each command starts and stops its own Spark. Hadoop caches file systems per JVM and container,
 * so commands that sign in differently need separate containers.
 */
public final class CommandLoop implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Process process;
  private final BufferedReader answers;
  private final Path log;

  private CommandLoop(Process process, Path log) {
    this.process = process;
    this.answers = process.inputReader(UTF_8);
    this.log = log;
  }

  /**
   * Starts the JVM.
   *
   * @param folder receives its log
   */
  public static CommandLoop start(
      Path folder, SparkHome spark, List<String> options, Map<String, String> environment)
      throws IOException {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("@conf/jvm.options", "-Dlog4j2.configurationFile=conf/log4j2.properties"));
    line.add(Commands.SHORT_LIFE);
    line.addAll(options);
    line.addAll(
        List.of(
            "-cp",
            "target/classes:target/test-classes:%s:%s/jars/*"
                .formatted(spark.conf(), spark.folder()),
            CommandLoop.class.getName()));
    Path log = Files.createTempFile(folder, "commands", ".err");
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(log.toFile());
    builder.environment().remove("LAKE_ROOT");
    builder.environment().putAll(environment);
    return new CommandLoop(builder.start(), log);
  }

  /** Runs a command until it exits; its stderr includes the log, as in a separate process. */
  public Commands.Result run(String... words) throws IOException {
    int before = Files.readString(log).length();
    process.outputWriter(UTF_8).write(JSON.writeValueAsString(words) + "\n");
    process.outputWriter(UTF_8).flush();
    String answer = answers.readLine();
    String logged = Files.readString(log).substring(before);
    if (answer == null) {
      throw new IOException("The commands' JVM has exited: " + logged);
    }

    Commands.Result result = JSON.readValue(answer, Commands.Result.class);
    return new Commands.Result(result.exitCode(), result.out(), logged + result.err());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Reads one command per line, as a JSON array, and prints its result as JSON. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      Commands.Result result = InProcess.execute(JSON.readValue(line, String[].class));
      System.out.println(JSON.writeValueAsString(result));
    }
  }
}
