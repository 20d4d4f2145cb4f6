package azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.command.Command;
import common.settings.Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import picocli.CommandLine;

/**
 * The definitions under conf/ with values filled in as in a deployment, and checks that the tests
 * of these definitions share.
 */
public final class Definitions {
  static final Path CONF = Path.of("conf");

  static final Set<String> VIEWS =
      Settings.load(Optional.empty(), Map.of()).views().all().stream()
          .map(view -> view.name())
          .collect(Collectors.toSet());

  private static final ObjectMapper JSON = new ObjectMapper();

  private Definitions() {}

  /** A file under conf/ with values in place of ${NAME}. */
  static String filled(String file) throws IOException {
    return Files.readString(CONF.resolve(file))
        .replace("${START_TIME}", "2026-02-01T00:00:00Z")
        .replaceAll("\\$\\{[A-Z_]+}", "anything");
  }

  static JsonNode json(String file) throws IOException {
    return JSON.readTree(filled(file));
  }

  /** The template of the Azure resources. */
  static JsonNode template() {
    try {
      return json("infra/azure.json");
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  static List<JsonNode> elements(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  /** The only resource of a type in a template. */
  static JsonNode only(JsonNode template, String type) {
    List<JsonNode> found =
        elements(template.get("resources")).stream()
            .filter(resource -> resource.get("type").asText().equals(type))
            .toList();
    assertThat(found).as(type).hasSize(1);
    return found.get(0);
  }

  static List<String> texts(JsonNode array) {
    return elements(array).stream().map(JsonNode::asText).toList();
  }

  /** The distinct matches of a pattern's first group. */
  static Set<String> used(String text, String pattern) {
    return Pattern.compile(pattern)
        .matcher(text)
        .results()
        .map(match -> match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** The Cosmos DB connectors by Spark and Scala version. */
  public static Properties connectors() throws IOException {
    Properties connectors = new Properties();
    try (var in = Definitions.class.getResourceAsStream("/cosmos-connector.properties")) {
      connectors.load(in);
    }

    return connectors;
  }

  /** Asserts that the application accepts a command line and defines the views that it names. */
  static void assertTaken(String className, List<String> arguments) throws Exception {
    Class<?> type = Class.forName(className);
    assertThat(Command.class).isAssignableFrom(type);
    CommandLine line = new CommandLine(type.getDeclaredConstructor().newInstance());
    line.parseArgs(arguments.toArray(String[]::new));
    int view = arguments.indexOf("--view");
    if (view >= 0) {
      assertThat(VIEWS).contains(arguments.get(view + 1).split(",", -1));
    }
  }
}
