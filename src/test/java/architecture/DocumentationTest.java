package architecture;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigResolveOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import testing.InProcess;

/**
 * Checks that everything named in the documents exists: pages, sections, files, commands, keys,
 * codes, classes.
 */
class DocumentationTest {
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");
  private static final Pattern FENCED = Pattern.compile("(?ms)^```.*?^```");
  private static final Pattern CODE = Pattern.compile("`([^`\\n]+)`");
  private static final Pattern FILE =
      Pattern.compile("(?<![\\w./-])(?:conf|docs|src|scripts)/[\\w./-]+\\.\\w+");
  private static final Pattern COMMAND =
      Pattern.compile("scripts/submit\\.sh (?:--target \\w+ )?([a-z][^`\\n>&|#)]*)");
  private static final Pattern DEFINE = Pattern.compile("(?:-D|--define)[ =]([a-z][\\w.-]*)=");
  private static final Pattern WORD = Pattern.compile("\"[^\"]*\"|'[^']*'|[^\\s\"']+");
  private static final Pattern CLASS = Pattern.compile("[A-Z][a-z0-9]+(?:[A-Z]+[a-z0-9]*)+");
  private static final Pattern TEST = Pattern.compile("(?=.*[a-z])\\w+(?:Test|IT)");
  private static final Pattern CONSTANT = Pattern.compile("[A-Z]+(?:_[A-Z]+)+");
  private static final Pattern KEY = Pattern.compile("[a-z-]+(?:\\.[a-z0-9-]+)+");

  /** Sections whose keys are defined by users, Spark or Kafka. */
  private static final Set<String> OPEN = Set.of("views", "spark", "local-spark", "kafka.options");

  private static final Config KEYS =
      ConfigFactory.parseResources("reference.conf")
          .resolve(ConfigResolveOptions.noSystem().setAllowUnresolved(true));

  private static String sources;

  @BeforeAll
  static void readSources() throws IOException {
    sources = sources();
  }

  static Stream<Path> documents() throws IOException {
    try (Stream<Path> root = Files.list(Path.of(""));
        Stream<Path> docs = Files.walk(Path.of("docs"))) {
      return Stream.concat(root, docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void linksLeadSomewhere(Path document) throws IOException {
    for (String link : all(LINK, Files.readString(document), match -> match.group(1))) {
      if (link.matches("\\w+:.*")) {
        continue;
      }

      String[] parts = link.split("#", 2);
      Path target = parts[0].isEmpty() ? document : document.resolveSibling(parts[0]).normalize();
      assertThat(target).as("%s links to %s", document, link).exists();
      if (parts.length == 2) {
        assertThat(anchors(target)).as("%s links to %s", document, link).contains(parts[1]);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void filesAreThere(Path document) throws IOException {
    assertThat(all(FILE, Files.readString(document), MatchResult::group))
        .allSatisfy(file -> assertThat(Path.of(file)).exists());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void commandsAreUnderstood(Path document) throws Exception {
    Map<String, String> classes = InProcess.mainClasses();
    for (String command :
        all(COMMAND, Files.readString(document), match -> match.group(1).strip())) {
      if (command.startsWith("cosmos-connector")) {
        continue;
      }

      List<String> words = all(WORD, command, DocumentationTest::unquoted);
      assertThat(classes).as("%s: %s", document, command).containsKey(words.get(0));
      Class<?> type = Class.forName(classes.get(words.get(0)));
      new CommandLine(type.getDeclaredConstructor().newInstance())
          .parseArgs(words.subList(1, words.size()).toArray(String[]::new));
      assertThat(all(DEFINE, command, match -> match.group(1)))
          .as("%s: %s", document, command)
          .allMatch(DocumentationTest::isKey);
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void keysExist(Path document) throws IOException {
    List<String> keys =
        inlineCode(document, KEY).stream()
            .filter(key -> KEYS.hasPath(key.substring(0, key.indexOf('.'))))
            .toList();
    assertThat(keys).as(document.toString()).allMatch(DocumentationTest::isKey);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void classesCodesAndVariablesAreNamedInTheSources(Path document) throws IOException {
    for (Pattern kind : List.of(CLASS, CONSTANT)) {
      assertThat(inlineCode(document, kind))
          .as(document.toString())
          .allMatch(name -> Pattern.compile("\\b" + name + "\\b").matcher(sources).find());
    }
  }

  @ParameterizedTest
  @MethodSource("documents")
  void testsAreThere(Path document) throws IOException {
    try (Stream<Path> tests = Files.walk(Path.of("src/test/java"))) {
      assertThat(tests.map(test -> test.getFileName().toString()))
          .as(document.toString())
          .containsAll(inlineCode(document, TEST).stream().map(test -> test + ".java").toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"README.md", "docs/azure.md"})
  void theDocumentsThatLeadUsersHaveCommands(Path document) throws IOException {
    assertThat(all(COMMAND, Files.readString(document), MatchResult::group)).hasSizeGreaterThan(3);
  }

  @ParameterizedTest
  @MethodSource("documents")
  void coordinatesOfTheCosmosConnectorStandInOneFile(Path document) throws IOException {
    assertThat(Files.readString(document))
        .as("refer to scripts/submit.sh cosmos-connector instead")
        .doesNotContainPattern("azure-cosmos-spark_[\\w-]+:[\\d.]+\\d");
  }

  private static boolean isKey(String key) {
    return KEYS.hasPathOrNull(key) || OPEN.stream().anyMatch(open -> key.startsWith(open + "."));
  }

  /** Derives anchors from headings as code hosts do. */
  private static Set<String> anchors(Path document) throws IOException {
    Map<String, Integer> seen = new TreeMap<>();
    return all(HEADING, withoutFences(document), match -> match.group(1)).stream()
        .map(
            heading ->
                heading
                    .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                    .toLowerCase(Locale.ROOT)
                    .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                    .replace(' ', '-'))
        .map(
            anchor -> {
              int before = seen.merge(anchor, 1, Integer::sum) - 1;
              return before == 0 ? anchor : anchor + "-" + before;
            })
        .collect(Collectors.toSet());
  }

  private static List<String> inlineCode(Path document, Pattern whole) throws IOException {
    return all(CODE, withoutFences(document), match -> match.group(1)).stream()
        .filter(code -> whole.matcher(code).matches())
        .toList();
  }

  private static String withoutFences(Path document) throws IOException {
    return FENCED.matcher(Files.readString(document)).replaceAll("");
  }

  private static String sources() throws IOException {
    StringBuilder text = new StringBuilder(Files.readString(Path.of("pom.xml")));
    for (String folder : List.of("src", "scripts", "conf")) {
      try (Stream<Path> files = Files.walk(Path.of(folder))) {
        for (Path file :
            files
                .filter(path -> path.toString().matches(".*\\.(java|sh|conf|json|yml|properties)"))
                .toList()) {
          text.append(Files.readString(file)).append(file.getFileName()).append('\n');
        }
      }
    }

    return text.toString();
  }

  private static <T> List<T> all(Pattern pattern, String text, Function<MatchResult, T> of) {
    return pattern.matcher(text).results().map(of).toList();
  }

  private static String unquoted(MatchResult word) {
    return word.group().replaceAll("^[\"']|[\"']$", "");
  }
}
