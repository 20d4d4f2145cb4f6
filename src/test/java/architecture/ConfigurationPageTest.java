package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigResolveOptions;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/configuration.md} is generated from the comments of {@code reference.conf}. To
 * regenerate the page: {@code ./mvnw test -Dtest=ConfigurationPageTest
 * -Dconfiguration-page.write=true}.
 */
class ConfigurationPageTest {
  private static final Path PAGE = Path.of("docs/configuration.md");

  /** The user guide explains the built-in views by example. */
  private static final Set<String> LEFT_OUT = Set.of("views");

  private static final String HEAD =
      """
      # Configuration

      Generated from [reference.conf](../src/main/resources/reference.conf); edit that file, and run
      `./mvnw test -Dtest=ConfigurationPageTest -Dconfiguration-page.write=true`.

      A file given with `--conf` (HOCON) overrides the keys that it names and may `include` other files; `-D KEY=VALUE` overrides both.
      A key that does not exist is an error. How to define views, and how to refer to secrets: [user guide](user-guide.md).
      """;

  @Test
  void thePageIsGeneratedFromTheReference() throws IOException {
    String page = page();
    if (Boolean.getBoolean("configuration-page.write")) {
      Files.writeString(PAGE, page);
    }

    assertThat(PAGE)
        .as("out of date: regenerate the page as its header describes")
        .hasContent(page);
  }

  private static String page() {
    Config reference =
        ConfigFactory.parseResources(
                "reference.conf", ConfigParseOptions.defaults().setAllowMissing(false))
            .resolve(ConfigResolveOptions.noSystem().setAllowUnresolved(true));
    StringBuilder page = new StringBuilder(HEAD);
    ordered(reference.root())
        .filter(section -> !LEFT_OUT.contains(section.getKey()))
        .forEach(
            section -> {
              page.append("\n## `%s`\n\n".formatted(section.getKey()));
              String about = comment(section.getValue());
              page.append(about.isEmpty() ? "" : about + "\n\n");
              page.append("| Key | Default | |\n|---|---|---|\n");
              rows(section.getKey(), section.getValue()).forEach(page::append);
            });
    return page.toString();
  }

  private static Stream<String> rows(String path, ConfigValue value) {
    if (value instanceof ConfigObject object && !object.isEmpty()) {
      return Stream.concat(
          path.contains(".") && !comment(value).isEmpty()
              ? Stream.of("| `%s` | | %s |\n".formatted(path, comment(value)))
              : Stream.empty(),
          ordered(object).flatMap(entry -> rows(path + "." + entry.getKey(), entry.getValue())));
    }

    return Stream.of(
        "| `%s` | `%s` | %s |\n"
            .formatted(
                path,
                value.render(ConfigRenderOptions.concise()).replace("|", "\\|"),
                comment(value)));
  }

  /** Sorts entries by their position in the file. */
  private static Stream<Map.Entry<String, ConfigValue>> ordered(ConfigObject object) {
    return object.entrySet().stream()
        .sorted(Comparator.comparingInt(entry -> firstLine(entry.getValue())));
  }

  private static int firstLine(ConfigValue value) {
    int own = value.origin().lineNumber();
    return value instanceof ConfigObject object
        ? object.values().stream().mapToInt(ConfigurationPageTest::firstLine).min().orElse(own)
        : own;
  }

  private static String comment(ConfigValue value) {
    List<String> lines = value.origin().comments();
    return lines.stream().map(String::strip).collect(Collectors.joining(" ")).replace("|", "\\|");
  }
}
