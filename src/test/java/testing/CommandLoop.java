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
 * Commands one after the other in one JVM with an environment and a class path of its own.
 *
 * <p>Each command starts and stops its own Spark. Hadoop keeps a file system a JVM and container:
 * commands that sign in to the same container differently need loops of their own.
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
   * @param folder for its log
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

  /** Runs a command until it exits; its stderr holds the log too, as that of a process does. */
  public Commands.Result run(String... words) throws IOException {
    int before = Files.readString(log).length();
    process.outputWriter(UTF_8).write(JSON.writeValueAsString(words) + "\n");
    process.outputWriter(UTF_8).flush();
    String answer = answers.readLine();
    String logged = Files.readString(log).substring(before);
    if (answer == null) {
      throw new IOException("The JVM of the commands has ended: " + logged);
    }

    Commands.Result result = JSON.readValue(answer, Commands.Result.class);
    return new Commands.Result(result.exitCode(), result.out(), logged + result.err());
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }

  /** Takes a command as a JSON array a line, and answers with its result. */
  public static void main(String[] arguments) throws Exception {
    BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      Commands.Result result = InProcess.execute(JSON.readValue(line, String[].class));
      System.out.println(JSON.writeValueAsString(result));
    }
  }
}
