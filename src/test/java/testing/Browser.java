package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A headless Chromium. On Debian it is installed if the tests run as root; without one, tests that
 * need it are skipped.
 *
 * @param program path of Chromium
 * @param folder for its profile and its log
 */
public record Browser(Path program, Path folder) {
  private static final int PATIENCE_SECONDS = 120;

  /** The browser of this machine, with an empty profile. */
  public static Browser in(Path folder) throws Exception {
    return new Browser(
        installed()
            .or(Browser::install)
            .orElseGet(
                () -> {
                  System.err.println("No Chromium on the PATH: skipping the tests of the page");
                  return Assumptions.<Path>abort("no Chromium");
                }),
        folder);
  }

  /** A loaded page. */
  public record Loaded(String document, List<String> console) {}

  /**
   * Loads a page, lets its scripts run for a while, and returns its document as text and what it
   * wrote to the console.
   *
   * @param size of the window, as {@code WIDTH,HEIGHT}
   */
  public Loaded load(String address, String size) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--user-data-dir=" + folder.resolve("profile"),
                "--window-size=" + size,
                "--enable-logging=stderr",
                "--virtual-time-budget=10000",
                "--dump-dom",
                address));
    Path log = folder.resolve("browser.log");
    Process process =
        new ProcessBuilder(command)
            .redirectError(log.toFile())
            .redirectOutput(folder.resolve("document.html").toFile())
            .start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("Chromium did not end: " + Files.readString(log));
    }

    try (Stream<String> lines = Files.lines(log, UTF_8)) {
      return new Loaded(
          Files.readString(folder.resolve("document.html")),
          lines.filter(line -> line.contains("CONSOLE")).toList());
    }
  }

  private static Optional<Path> installed() {
    return Arrays.stream(System.getenv("PATH").split(File.pathSeparator, -1))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  private static Optional<Path> install() {
    return DebianPackage.install("chromium") ? installed() : Optional.empty();
  }
}
