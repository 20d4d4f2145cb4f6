package azure;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.yaml.snakeyaml.Yaml;

/**
 * Command lines in Synapse's job definitions and the Databricks bundle, parsed with the
 * application's own option parser.
 */
class JobDefinitionsTest {
  private static final String BUNDLE = "databricks/databricks.yml";

  static Stream<String> synapse() throws IOException {
    return Files.list(Definitions.CONF.resolve("synapse"))
        .map(file -> file.getFileName().toString())
        .filter(file -> file.endsWith(".json"));
  }

  @ParameterizedTest
  @MethodSource("synapse")
  void aSparkJobDefinitionRunsACommandThatTakesItsOptions(String file) throws Exception {
    JsonNode definition = Definitions.json("synapse/" + file);
    JsonNode properties = definition.get("properties");
    JsonNode job = properties.get("jobProperties");

    assertThat(definition.get("name").asText() + ".json").isEqualTo(file);
    assertThat(properties.at("/targetBigDataPool/type").asText()).isEqualTo("BigDataPoolReference");
    assertThat(properties.at("/targetBigDataPool/referenceName").asText()).isEqualTo("spark");
    assertThat(properties.get("requiredSparkVersion").asText()).isEqualTo("3.5");
    for (String required :
        List.of("driverMemory", "driverCores", "executorMemory", "executorCores", "numExecutors")) {
      assertThat(job.get(required)).as(required).isNotNull();
    }

    List<String> arguments = Definitions.texts(job.get("args"));
    Definitions.assertTaken(job.get("className").asText(), arguments);
    List<String> shipped =
        Definitions.texts(job.get("files")).stream()
            .map(uri -> uri.replaceFirst(".*/", ""))
            .toList();
    assertThat(shipped)
        .contains(arguments.get(arguments.indexOf("--conf") + 1), "azure.conf")
        .allSatisfy(name -> assertThat(Definitions.CONF.resolve(name)).exists());
  }

  @Test
  void theDatabricksBundleRunsCommandsThatTakeTheirOptions() throws Exception {
    Map<?, ?> bundle = new Yaml().load(Files.readString(Definitions.CONF.resolve(BUNDLE)));
    List<Map<?, ?>> tasks = found("spark_jar_task", bundle.get("resources"));
    assertThat(tasks).hasSize(8);
    for (Map<?, ?> task : tasks) {
      List<String> arguments =
          ((List<?>) task.get("parameters"))
              .stream()
                  .map(text -> String.valueOf(text).replace("{{input}}", "device_metrics"))
                  .toList();
      Definitions.assertTaken(String.valueOf(task.get("main_class_name")), arguments);
      assertThat(arguments).contains("${var.app}/databricks.conf");
    }

    List<Map<?, ?>> loops = found("for_each_task", bundle.get("resources"));
    assertThat(loops).hasSize(2);
    for (Map<?, ?> loop : loops) {
      assertThat(Definitions.texts(new ObjectMapper().readTree(String.valueOf(loop.get("inputs")))))
          .isNotEmpty()
          .allMatch(Definitions.VIEWS::contains);
    }
  }

  @Test
  void theDatabricksBundleDeclaresItsVariablesAndNamesTheConnectorAsEverywhere() throws Exception {
    String text = Files.readString(Definitions.CONF.resolve(BUNDLE));
    Map<?, ?> bundle = new Yaml().load(text);
    Map<?, ?> variables = (Map<?, ?>) bundle.get("variables");

    assertThat(Definitions.used(text, "var\\.(\\w+)"))
        .isEqualTo(new TreeSet<>(variables.keySet().stream().map(String::valueOf).toList()));
    assertThat(((Map<?, ?>) variables.get("cosmos_connector")).get("default"))
        .isEqualTo(Definitions.connectors().get("3.5_2.12"));
  }

  private static List<Map<?, ?>> found(String key, Object node) {
    List<Map<?, ?>> found = new ArrayList<>();
    if (node instanceof Map<?, ?> map) {
      if (map.get(key) instanceof Map<?, ?> one) {
        found.add(one);
      }

      map.values().forEach(value -> found.addAll(found(key, value)));
    } else if (node instanceof List<?> list) {
      list.forEach(value -> found.addAll(found(key, value)));
    }

    return found;
  }
}
