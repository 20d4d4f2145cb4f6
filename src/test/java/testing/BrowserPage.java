package testing;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** A page that is open in a {@link Browser}. */
public final class BrowserPage implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final DevTools tools;

  private BrowserPage(DevTools tools) {
    this.tools = tools;
  }

  static BrowserPage open(DevTools tools, String address) throws Exception {
    for (String domain : List.of("Page", "Runtime", "Log")) {
      tools.send(domain + ".enable", Map.of());
    }

    tools.send("Page.navigate", Map.of("url", address));
    return new BrowserPage(tools);
  }

  /** Resizes the window, and sets the preferred colour scheme, {@code light} or {@code dark}. */
  public BrowserPage show(int width, int height, String scheme) throws Exception {
    tools.send(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    tools.send(
        "Emulation.setEmulatedMedia",
        Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
    return this;
  }

  /**
   * The value of a JavaScript expression, which may be a promise. The page's content security
   * policy does not apply to the expression.
   */
  public JsonNode value(String expression) throws Exception {
    JsonNode answer =
        tools.send(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new IllegalStateException(expression + ": " + answer.path("exceptionDetails"));
    }

    return answer.path("result").path("value");
  }

  /** The visible text of the page. */
  public String text() throws Exception {
    return value("document.body.innerText").asText();
  }

  /** Waits until a JavaScript condition holds. */
  public void await(String condition) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    while (!value("Boolean(" + condition + ")").asBoolean()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("not within a minute: %s%n%s".formatted(condition, text()));
      }

      Thread.sleep(100);
    }
  }

  /** Waits until an element contains a text. */
  public void awaitText(String selector, String text) throws Exception {
    await("document.querySelector(\"%s\")?.innerText.includes(\"%s\")".formatted(selector, text));
  }

  /** The page's console output, with uncaught exceptions and the browser's own errors. */
  public List<String> console() {
    return Stream.of("Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded")
        .flatMap(event -> tools.events(event).stream())
        .map(JsonNode::toString)
        .toList();
  }

  /** Saves a screenshot of the whole page. */
  public void screenshot(Path file) throws Exception {
    JsonNode image = tools.send("Page.captureScreenshot", Map.of("captureBeyondViewport", true));
    Files.write(file, Base64.getDecoder().decode(image.path("data").asText()));
  }

  @Override
  public void close() {
    tools.close();
  }
}
