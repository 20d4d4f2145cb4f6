package azure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Checks the Dockerfile as far as possible without Docker. */
class ContainerImageTest {
  /** One instruction of the Dockerfile, whose lines are joined. */
  private record Instruction(String stage, String name, String arguments) {}

  private List<Instruction> instructions;

  @BeforeEach
  void read() throws IOException {
    String text =
        Files.readString(Path.of("Dockerfile"))
            .replaceAll("(?m)^#.*\\n", "")
            .replaceAll("\\\\\\n\\s*", "");
    instructions = new ArrayList<>();
    String stage = "";
    for (String line : text.lines().filter(line -> !line.isBlank()).toList()) {
      String[] parts = line.split(" ", 2);
      if (parts[0].equals("FROM")) {
        stage = parts[1].replaceFirst(".* AS ", "");
      }

      instructions.add(new Instruction(stage, parts[0], parts[1]));
    }
  }

  @Test
  void theLastStageServes() {
    assertThat(arguments("FROM"))
        .extracting(from -> from.replaceFirst(".* AS ", ""))
        .containsExactly("mirror", "build", "serve");
    assertThat(only("serve", "FROM")).startsWith("eclipse-temurin:17-jre-");
    assertThat(only("build", "FROM")).startsWith("eclipse-temurin:17-jdk-");
  }

  @Test
  void bothImagesRunAsAnUnprivilegedUserThatTheyCreate() {
    for (String stage : List.of("mirror", "serve")) {
      String user = only(stage, "USER");
      assertThat(user).matches("[1-9]\\d{3,}:[1-9]\\d{3,}");
      assertThat(instructions)
          .filteredOn(of -> of.stage().equals(stage) && of.name().equals("RUN"))
          .anyMatch(of -> of.arguments().contains("--uid " + user.replaceFirst(":.*", "") + " "));
      assertThat(instructions)
          .filteredOn(of -> of.stage().equals(stage))
          .extracting(Instruction::name)
          .as("nothing is written or installed after USER")
          .containsSubsequence("USER", "WORKDIR", "HEALTHCHECK", "ENTRYPOINT", "CMD")
          .doesNotContainSubsequence("USER", "COPY")
          .doesNotContainSubsequence("USER", "RUN");
      assertThat(only(stage, "WORKDIR")).as("Spark writes there").isEqualTo("/tmp");
    }
  }

  @Test
  void healthIsAskedOfThePortThatTheServerListensOn() throws Exception {
    assertThat(only("serve", "HEALTHCHECK"))
        .contains(
            "CMD [\"curl\", \"--fail\"",
            "http://127.0.0.1:%s/healthz".formatted(only("serve", "EXPOSE")));
    Definitions.assertTaken(mainClass(), words("CMD"));
    assertThat(words("CMD")).doesNotContain("--port");
    assertThat(only("serve", "EXPOSE")).as("default of --port").isEqualTo("8080");
  }

  @Test
  void everyCopiedFileExistsAndIsSentToTheBuild() throws IOException {
    List<String> sent =
        Files.readAllLines(Path.of(".dockerignore")).stream()
            .filter(line -> !line.startsWith("#"))
            .toList();
    assertThat(sent).first().isEqualTo("*");
    Set<String> copied = new HashSet<>();
    for (Instruction copy : named("COPY")) {
      List<String> words = List.of(copy.arguments().split(" "));
      List<String> sources = words.subList(0, words.size() - 1);
      if (sources.get(0).startsWith("--from=")) {
        assertThat(sources).containsExactly("--from=build", "/build/image");
      } else {
        copied.addAll(sources);
      }
    }

    assertThat(copied).isNotEmpty().allSatisfy(source -> assertThat(Path.of(source)).exists());
    assertThat(sent.subList(1, sent.size()))
        .containsExactlyInAnyOrderElementsOf(copied.stream().map(source -> "!" + source).toList());
  }

  @Test
  void nothingIsAddedFromElsewhereAndNoSecretIsPartOfAnImage() {
    assertThat(instructions).extracting(Instruction::name).doesNotContain("ADD", "ARG", "VOLUME");
    assertThat(arguments("ENV")).containsExactly("LAKE_ROOT=/lake");
    assertThat(instructions)
        .extracting(Instruction::arguments)
        .noneMatch(
            text -> Pattern.compile("(?i)(token|password|secret|key)=").matcher(text).find());
  }

  @Test
  void theJvmStartsAsInTheLauncher() throws IOException {
    String launcher = Files.readString(Path.of("scripts/submit.sh"));
    List<String> command = words("ENTRYPOINT");

    assertThat(launcher).contains("serve) echo " + mainClass() + " ;;", "@$home/conf/jvm.options");
    assertThat(command).startsWith("java", "@/app/conf/jvm.options", "@/app/class-path.options");
    assertThat(command)
        .anyMatch("-Dlog4j2.configurationFile=/app/conf/log4j2.properties"::equals)
        .noneMatch(word -> word.startsWith("-Xmx"));
    assertThat(only("serve", "COPY", 1)).endsWith(" /app/conf/");
    assertThat(instructions)
        .filteredOn(of -> of.stage().equals("build") && of.name().equals("RUN"))
        .extracting(Instruction::arguments)
        .anyMatch(run -> run.endsWith(" dependency:build-classpath@local-class-path"))
        .anyMatch(
            run ->
                run.contains("<target/local.classpath")
                    && run.contains("image/class-path.options"));
    assertThat(Files.readString(Path.of("pom.xml"))).contains("<id>local-class-path</id>");
  }

  @Test
  void theConfigurationTakesTheTokenFromTheEnvironment() throws IOException {
    assertThat(Files.readString(Definitions.CONF.resolve("serve.conf")))
        .contains("serve.token = \"{{env/SERVE_TOKEN}}\"");
    assertThat(words("CMD")).containsExactly("--bind", "0.0.0.0", "--conf", "/app/conf/serve.conf");
  }

  private String mainClass() {
    List<String> command = words("ENTRYPOINT");
    return command.get(command.size() - 1);
  }

  /** The words of an instruction of `serve` in its JSON form. */
  private List<String> words(String name) {
    return Pattern.compile("\"([^\"]*)\"")
        .matcher(only("serve", name))
        .results()
        .map(word -> word.group(1))
        .toList();
  }

  private String only(String stage, String name) {
    return only(stage, name, 0);
  }

  private String only(String stage, String name, int index) {
    return instructions.stream()
        .filter(of -> of.stage().equals(stage) && of.name().equals(name))
        .map(Instruction::arguments)
        .skip(index)
        .findFirst()
        .orElseThrow(() -> new AssertionError("No %s in %s".formatted(name, stage)));
  }

  private List<Instruction> named(String name) {
    return instructions.stream().filter(of -> of.name().equals(name)).toList();
  }

  private Stream<String> arguments(String name) {
    return named(name).stream().map(Instruction::arguments);
  }
}
