package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The notebooks, run by Python with Spark in its process. On Debian, the packages that the
 * notebooks need are installed if the tests run as root.
 */
public final class Notebooks {
  private static final String[] PACKAGES = {
    "python3-pandas", "python3-matplotlib", "python3-jpype"
  };

  private Notebooks() {}

  /** All notebooks, sorted by name. */
  public static List<Path> all() {
    try (Stream<Path> files = Files.list(Path.of("notebooks"))) {
      return files.filter(file -> file.toString().endsWith(".ipynb")).sorted().toList();
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  /**
   * Runs all cells of all notebooks on a lake.
   *
   * @return output of the runner; empty without a Python that has the packages
   * @throws IOException when a cell fails or a plot has no data
   */
  public static Optional<String> run(Path lake) throws IOException, InterruptedException {
    Optional<String> python = python();
    if (python.isEmpty() && DebianPackage.install(PACKAGES)) {
      python = python();
    }

    if (python.isEmpty()) {
      System.err.println(
          "No Python with " + String.join(", ", PACKAGES) + ": the notebooks are not run");
      return Optional.empty();
    }

    List<String> command =
        new ArrayList<>(List.of(python.get(), "src/test/python/run_notebooks.py"));
    all().forEach(notebook -> command.add(notebook.toString()));
    ProcessBuilder runner = new ProcessBuilder(command);
    runner.environment().put("LAKE_ROOT", lake.toString());
    runner.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Path log = Files.createTempFile("notebooks", ".log");
    Process process = runner.redirectError(log.toFile()).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException("The notebooks failed:\n" + said + Files.readString(log));
    }

    Files.delete(log);
    return Optional.of(said);
  }

  private static Optional<String> python() throws IOException, InterruptedException {
    for (String candidate : List.of("python3", "/usr/bin/python3")) {
      try {
        Process asked =
            new ProcessBuilder(candidate, "-c", "import jpype, pandas, matplotlib")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        if (asked.waitFor() == 0) {
          return Optional.of(candidate);
        }
      } catch (IOException missing) {
        // Not installed: try the next candidate.
        continue;
      }
    }

    return Optional.empty();
  }
}
