package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A headless Chromium in a separate process, controlled through the DevTools protocol. On Debian,
 * Chromium is installed if the tests run as root; without Chromium, tests that need a browser are
 * skipped.
 */
public final class Browser implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final HttpClient client = HttpClient.newHttpClient();
  private final Process process;
  private final int port;

  private Browser(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts this machine's browser with an empty profile.
   *
   * @param folder for the profile and the log
   */
  public static Browser start(Path folder) throws Exception {
    Path program = installed().or(Browser::install).orElseGet(Browser::skip);
    Path profile = folder.resolve("profile");
    Path log = folder.resolve("browser.log");
    Process process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--user-data-dir=" + profile,
                "--remote-debugging-port=0",
                "about:blank")
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Path opened = profile.resolve("DevToolsActivePort");
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!Files.exists(opened) || Files.readString(opened).isBlank()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        process.destroyForcibly();
        throw new IOException("Chromium did not start: " + Files.readString(log, UTF_8));
      }

      Thread.sleep(50);
    }

    return new Browser(process, Integer.parseInt(Files.readAllLines(opened).get(0)));
  }

  /** Opens an address in a new tab. */
  public BrowserPage open(String address) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:%d/json/new".formatted(port)))
            .PUT(HttpRequest.BodyPublishers.noBody())
            .build();
    JsonNode tab =
        new ObjectMapper()
            .readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body());
    URI socket = URI.create(tab.path("webSocketDebuggerUrl").asText());
    return BrowserPage.open(DevTools.connect(client, socket), address);
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
  }

  private static Path skip() {
    System.err.println("No Chromium on the PATH: skipping the tests of the page");
    return Assumptions.<Path>abort("no Chromium");
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
