package serving.sql.powerbi;

import static java.util.stream.Collectors.toMap;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.metrics.View;
import common.settings.SynapseSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import serving.sql.Dialect;
import testing.JsonSchema;
import testing.MeasuredViews;
import testing.TestLake;

class PowerBiProjectTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Pattern DAX_COLUMN = Pattern.compile("'((?:[^']|'')+)'\\[([^\\]]+)\\]");
  private static final Pattern SELECTED = Pattern.compile("\\bb\\.\\[(\\w+)\\](?=.* AS source)");

  private static final TestLake LAKE =
      new TestLake(
          Path.of("target/no-lake"),
          Map.of("serving.synapse.endpoint", "ws-ondemand.sql.azuresynapse.net"));

  static Stream<View> views() {
    return MeasuredViews.and(LAKE.settings().views().all());
  }

  @ParameterizedTest
  @MethodSource("views")
  void theFilesAreThoseOfAProject(View view) {
    String name = view.name();

    assertThat(files(view))
        .containsOnlyKeys(
            name + ".sql",
            name + ".pbids",
            name + ".pbip",
            name + ".SemanticModel/.platform",
            name + ".SemanticModel/definition.pbism",
            name + ".SemanticModel/definition/database.tmdl",
            name + ".SemanticModel/definition/model.tmdl",
            name + ".SemanticModel/definition/expressions.tmdl",
            name + ".SemanticModel/definition/relationships.tmdl",
            name + ".SemanticModel/definition/tables/" + name + ".tmdl",
            name + ".SemanticModel/definition/tables/Date table.tmdl",
            name + ".Report/.platform",
            name + ".Report/definition.pbir",
            name + ".Report/definition/version.json",
            name + ".Report/definition/report.json",
            name + ".Report/definition/pages/pages.json",
            name + ".Report/definition/pages/overview/page.json");
    assertThat(files(view)).as("the same each time").isEqualTo(files(view));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".pbids",
        ".pbip",
        ".pbism",
        ".pbir",
        ".platform",
        "version.json",
        "report.json",
        "pages.json",
        "page.json"
      })
  void eachJsonFileFitsItsSchema(String kind) throws IOException {
    JsonSchema schema = JsonSchema.resource("/powerbi/" + kind.replaceFirst("^\\.(.*)", "$1.json"));
    Map<String, String> files =
        files(LAKE.view("device_metrics")).entrySet().stream()
            .filter(file -> file.getKey().endsWith(kind))
            .collect(toMap(Map.Entry::getKey, Map.Entry::getValue));

    assertThat(files).isNotEmpty();
    for (String json : files.values()) {
      assertThat(schema.violations(json)).as(json).isEmpty();
      assertThat(schema.violations("{}")).as("the schema requires something").isNotEmpty();
    }
  }

  @Test
  void aFileThatDoesNotFitIsFound() throws IOException {
    JsonSchema schema = JsonSchema.resource("/powerbi/pbip.json");

    assertThat(
            schema.violations(
                "{\"$schema\": \"x\", \"artifacts\": [{\"report\": {\"paths\": 1}}], \"more\": 1}"))
        .hasSize(5);
  }

  @ParameterizedTest
  @MethodSource("views")
  void thePathsInTheProjectLeadToFolders(View view) throws IOException {
    Map<String, String> files = files(view);
    JsonNode project = MAPPER.readTree(files.get(view.name() + ".pbip"));
    String report = project.at("/artifacts/0/report/path").asText();
    JsonNode definition = MAPPER.readTree(files.get(report + "/definition.pbir"));
    Path model =
        Path.of(report, definition.at("/datasetReference/byPath/path").asText()).normalize();

    assertThat(files).containsKey(model + "/definition.pbism");
    assertThat(report).isEqualTo(project(view).report());
    assertThat(MAPPER.readTree(files.get(report + "/.platform")).at("/config/logicalId").asText())
        .isNotEqualTo(
            MAPPER.readTree(files.get(model + "/.platform")).at("/config/logicalId").asText());
  }

  @ParameterizedTest
  @MethodSource("views")
  void theTableHasTheColumnsOfTheSqlView(View view) {
    String select = files(view).get(view.name() + ".sql").lines().skip(1).findFirst().orElseThrow();

    assertThat(table(view).all("column"))
        .extracting(column -> column.properties().get("sourceColumn"))
        .containsExactlyElementsOf(
            Stream.concat(
                    SELECTED.matcher(select).results().map(match -> match.group(1)),
                    Stream.of(View.SOURCE))
                .toList());
    assertThat(table(view).only("partition").properties())
        .containsEntry("mode", "import")
        .hasEntrySatisfying(
            "source",
            source ->
                assertThat(source)
                    .contains("[Schema = \"dbo\", Item = \"%s_parts\"]".formatted(view.name())));
    assertThat(files(view).get(view.name() + ".sql"))
        .startsWith("CREATE OR ALTER VIEW [dbo].[%s_parts] AS\n".formatted(view.name()));
  }

  @ParameterizedTest
  @MethodSource("views")
  void measuresUseColumnsOfTheTableThatReportsDoNotSee(View view) {
    TmdlDocument.Node table = table(view);
    Map<String, TmdlDocument.Node> columns =
        table.all("column").stream().collect(toMap(TmdlDocument.Node::name, column -> column));

    assertThat(table.all("measure"))
        .extracting(TmdlDocument.Node::name)
        .containsExactlyElementsOf(view.measureNames());
    for (TmdlDocument.Node measure : table.all("measure")) {
      assertThat(DAX_COLUMN.matcher(measure.value()).results())
          .isNotEmpty()
          .allSatisfy(
              used -> {
                assertThat(used.group(1)).isEqualTo(view.name());
                assertThat(columns).containsKey(used.group(2));
              });
    }

    assertThat(
            columns.values().stream()
                .filter(column -> !column.properties().containsKey("isHidden"))
                .map(TmdlDocument.Node::name))
        .doesNotContainAnyElementsOf(view.measureNames())
        .allMatch(name -> !name.contains("__"))
        .containsAll(view.keys())
        .contains(View.WINDOW_START, View.WINDOW_END, View.SOURCE);
    assertThat(columns.values())
        .allSatisfy(column -> assertThat(column.properties()).containsEntry("summarizeBy", "none"));
    assertThat(
            Stream.concat(table.all("measure").stream(), table.all("column").stream())
                .map(node -> node.name().toLowerCase(Locale.ROOT)))
        .as("names are not case-sensitive")
        .doesNotHaveDuplicates();
  }

  @Test
  void partsOfDecimalsAreDoublesSoThatQuotientsKeepTheirDigits() {
    TmdlDocument.Node table = table(MeasuredViews.of(MeasuredViews.TUMBLING));

    assertThat(type(table, "total__row")).isEqualTo("decimal");
    assertThat(type(table, "average_revenue__sum")).isEqualTo("double");
    assertThat(type(table, "average_revenue__count")).isEqualTo("int64");
    assertThat(type(table, "any_hot__row")).isEqualTo("boolean");
    assertThat(type(table, "event_date")).isEqualTo("dateTime");
  }

  @ParameterizedTest
  @MethodSource("views")
  void theRowsAreRelatedToADateTable(View view) {
    TmdlDocument.Node model = document(view, "model");
    TmdlDocument.Node relationship = document(view, "relationships").only("relationship");
    TmdlDocument.Node dates = document(view, "tables/Date table").only("table");

    assertThat(model.all("ref table"))
        .extracting(TmdlDocument.Node::name)
        .containsExactly(view.name(), dates.name());
    assertThat(model.only("model").properties()).containsKey("discourageImplicitMeasures");
    assertThat(relationship.properties())
        .containsEntry("fromColumn", view.name() + ".event_date")
        .containsEntry("toColumn", "'Date table'.Date");
    assertThat(dates.properties()).containsEntry("dataCategory", "Time");
    assertThat(dates.all("column").get(0).name()).isEqualTo("Date");
    assertThat(dates.all("column").get(0).properties()).containsKey("isKey");
    String source = dates.only("partition").properties().get("source");
    assertThat(source).contains("MIN('%s'[event_date])".formatted(view.name()));
    assertThat(dates.all("column").stream().skip(1))
        .isNotEmpty()
        .allSatisfy(
            column -> {
              assertThat(column.properties())
                  .containsEntry("sourceColumn", "[%s]".formatted(column.name()));
              assertThat(source).contains("\"%s\", ".formatted(column.name()));
            });
  }

  @Test
  void namesFromTheConfigurationAreEscaped() throws IOException {
    SynapseSettings odd =
        new SynapseSettings("it's]", "lake", "a", "d", "c", "host", "ünï \"q\" #(lf)");
    View view = LAKE.view("device_metrics");
    Map<String, String> files =
        new PowerBiProject(
                view,
                LAKE.lake().batchView(view).schema(),
                Dialect.Name.powerbi.over(LAKE.lake(), LAKE.settings()),
                LAKE.settings().serving().settle(),
                odd)
            .files();

    assertThat(files.get("device_metrics.SemanticModel/definition/expressions.tmdl"))
        .contains("expression Database = \"ünï \"\"q\"\" #(#)(lf)\" meta [");
    assertThat(files.get("device_metrics.SemanticModel/definition/tables/device_metrics.tmdl"))
        .contains("[Schema = \"it's]\", Item = \"device_metrics_parts\"]");
    assertThat(
            MAPPER
                .readTree(files.get("device_metrics.pbids"))
                .at("/connections/0/details/address/database")
                .asText())
        .isEqualTo("ünï \"q\" #(lf)");
  }

  private static String type(TmdlDocument.Node table, String column) {
    return table.all("column").stream()
        .filter(each -> each.name().equals(column))
        .findFirst()
        .orElseThrow()
        .properties()
        .get("dataType");
  }

  private static TmdlDocument.Node table(View view) {
    return document(view, "tables/" + view.name()).only("table");
  }

  private static TmdlDocument.Node document(View view, String name) {
    return TmdlDocument.read(
        files(view).get("%s.SemanticModel/definition/%s.tmdl".formatted(view.name(), name)));
  }

  private static Map<String, String> files(View view) {
    return project(view).files();
  }

  private static PowerBiProject project(View view) {
    return new PowerBiProject(
        view,
        LAKE.lake().batchView(view).schema(),
        Dialect.Name.powerbi.over(LAKE.lake(), LAKE.settings()),
        LAKE.settings().serving().settle(),
        LAKE.settings().serving().synapse());
  }
}
