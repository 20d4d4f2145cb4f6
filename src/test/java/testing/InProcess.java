package testing;

import static org.assertj.core.api.Assertions.assertThat;

import common.command.Command;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine;

/**
 * Runs commands in this JVM, from the arguments of scripts/submit.sh to exit code, stdout and
 * stderr.
 *
 * <p>Each command gets its own session in the tests' Spark, so that no setting leaks. Logs, which a
 * separate process writes to stderr, are not captured; the environment is the tests' environment.
 */
public final class InProcess {
  private InProcess() {}

  /** The main class of each command, as listed in scripts/submit.sh. */
  public static Map<String, String> mainClasses() throws IOException {
    Map<String, String> classes = new HashMap<>();
    Pattern.compile("([\\w-]+)\\) echo ([\\w.]+) ;;")
        .matcher(Files.readString(Path.of("scripts/submit.sh")))
        .results()
        .forEach(known -> classes.put(known.group(1), known.group(2)));
    return classes;
  }

  /** Runs a command until it exits. */
  public static Commands.Result run(String... words) throws Exception {
    TestSpark.session();
    return execute(words);
  }

  /** Runs a command that must succeed, and returns its output. */
  public static String done(String... words) throws Exception {
    Commands.Result result = run(words);
    assertThat(result.exitCode()).as("%s%n%s", List.of(words), result.err()).isZero();
    return result.out();
  }

  static Commands.Result execute(String... words) throws Exception {
    Map<String, String> known = mainClasses();
    known.put("serve-once", ServeOnce.class.getName());
    String name = known.get(words[0]);
    if (name == null) {
      throw new IllegalArgumentException("scripts/submit.sh has no command " + words[0]);
    }

    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    CommandLine line =
        new CommandLine(Class.forName(name).getDeclaredConstructor().newInstance())
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true));
    int exitCode = Command.execute(line, Arrays.copyOfRange(words, 1, words.length));
    return new Commands.Result(exitCode, out.toString(), err.toString());
  }
}
