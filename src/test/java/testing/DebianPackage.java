package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Debian packages for tests. A self-contained program is unpacked under {@code target/debian}
 * without installation, so that no service starts and no privileges are needed.
 */
public final class DebianPackage {
  private static final Path UNPACKED = Path.of("target/debian").toAbsolutePath();

  private DebianPackage() {}

  /** Root of the unpacked package; skips the test if the package is not available. */
  public static synchronized Path unpacked(String name) throws Exception {
    Path root = UNPACKED.resolve(name);
    if (Files.isDirectory(root)) {
      return root;
    }

    if (!onPath("apt-get") || !onPath("dpkg")) {
      System.err.println(
          name + " is installed from Debian, which this machine does not run: skipping its tests");
      Assumptions.abort("no apt-get");
    }

    Files.createDirectories(UNPACKED);
    if (run(List.of("apt-get", "download", name)) != 0) {
      // A fresh machine has no package lists; only root may fetch them.
      run(List.of("apt-get", "update"));
      if (run(List.of("apt-get", "download", name)) != 0) {
        System.err.println(name + " cannot be downloaded (see above): skipping its tests");
        Assumptions.abort("apt-get download failed");
      }
    }

    Path unfinished = UNPACKED.resolve(name + ".unfinished");
    if (run(List.of("dpkg", "-x", downloaded(name).toString(), unfinished.toString())) != 0) {
      throw new IOException("dpkg -x %s failed".formatted(name));
    }

    return Files.move(unfinished, root);
  }

  /**
   * Installs packages, which requires Debian and root.
   *
   * @return whether they are installed now
   */
  public static synchronized boolean install(String... names) {
    if (!"root".equals(System.getProperty("user.name")) || !onPath("apt-get")) {
      return false;
    }

    List<String> install =
        new ArrayList<>(List.of("apt-get", "install", "-y", "--no-install-recommends"));
    install.addAll(List.of(names));
    try {
      Files.createDirectories(UNPACKED);
      // A fresh machine has no package lists.
      return run(install) == 0 || (run(List.of("apt-get", "update")) == 0 && run(install) == 0);
    } catch (IOException | InterruptedException failed) {
      throw new IllegalStateException("apt-get could not be run", failed);
    }
  }

  private static Path downloaded(String name) throws IOException {
    try (Stream<Path> files = Files.list(UNPACKED)) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(name + "_"))
          .findFirst()
          .orElseThrow();
    }
  }

  private static int run(List<String> command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command)
            .directory(UNPACKED.toFile())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.PIPE)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      System.err.println(String.join(" ", command) + ": " + said);
    }

    return code;
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
