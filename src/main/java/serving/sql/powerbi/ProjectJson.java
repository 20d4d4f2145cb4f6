package serving.sql.powerbi;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.UUID;

/**
 * The JSON files around the semantic model: the connection, the project, and a report with one
 * empty page.
 *
 * <p>Source: the schemas that the files name (github.com/microsoft/json-schemas); for the
 * connection, Power BI documentation, "Data sources in Power BI Desktop".
 *
 * @param name of the project
 */
record ProjectJson(String name) {
  private static final String SCHEMAS = "https://developer.microsoft.com/json-schemas/fabric";

  /** The files, by path in the project folder. */
  Map<String, String> files(String server, String database) {
    String model = name + ".SemanticModel/";
    String report = name + ".Report/";
    Map<String, String> files = new LinkedHashMap<>();
    files.put(name + ".pbids", connection(server, database));
    files.put(name + ".pbip", project());
    files.put(model + ".platform", platform("SemanticModel"));
    files.put(model + "definition.pbism", model());
    files.put(report + ".platform", platform("Report"));
    files.put(report + "definition.pbir", reportOfModel());
    files.put(report + "definition/version.json", reportVersion());
    files.put(report + "definition/report.json", report());
    files.put(report + "definition/pages/pages.json", pages());
    files.put(report + "definition/pages/overview/page.json", page());
    return files;
  }

  private static String connection(String server, String database) {
    return """
        {
          "version": "0.1",
          "connections": [
            {
              "details": {
                "protocol": "tds",
                "address": { "server": %s, "database": %s }
              },
              "options": {},
              "mode": "Import"
            }
          ]
        }
        """
        .formatted(literal(server), literal(database));
  }

  private String project() {
    return """
        {
          "$schema": "%s/pbip/pbipProperties/1.0.0/schema.json",
          "version": "1.0",
          "artifacts": [ { "report": { "path": %s } } ],
          "settings": { "enableAutoRecovery": true }
        }
        """
        .formatted(SCHEMAS, literal(name + ".Report"));
  }

  /**
   * The file that identifies an item in Git. The id never changes, so that a workspace recognises
   * the item.
   */
  private String platform(String type) {
    return """
        {
          "$schema": "%s/gitIntegration/platformProperties/2.0.0/schema.json",
          "metadata": { "type": %s, "displayName": %s },
          "config": { "version": "2.0", "logicalId": "%s" }
        }
        """
        .formatted(
            SCHEMAS,
            literal(type),
            literal(name),
            UUID.nameUUIDFromBytes((type + " of " + name).getBytes(UTF_8)));
  }

  private static String model() {
    return """
        {
          "$schema": "%s/item/semanticModel/definitionProperties/1.0.0/schema.json",
          "version": "4.0",
          "settings": {}
        }
        """
        .formatted(SCHEMAS);
  }

  private String reportOfModel() {
    return """
        {
          "$schema": "%s/item/report/definitionProperties/2.0.0/schema.json",
          "version": "4.0",
          "datasetReference": { "byPath": { "path": %s } }
        }
        """
        .formatted(SCHEMAS, literal("../" + name + ".SemanticModel"));
  }

  private static String reportVersion() {
    return """
        {
          "$schema": "%s/item/report/definition/versionMetadata/1.0.0/schema.json",
          "version": "2.0.0"
        }
        """
        .formatted(SCHEMAS);
  }

  private static String report() {
    return """
        {
          "$schema": "%s/item/report/definition/report/3.0.0/schema.json",
          "themeCollection": {},
          "settings": { "useStylableVisualContainerHeader": true }
        }
        """
        .formatted(SCHEMAS);
  }

  private static String pages() {
    return """
        {
          "$schema": "%s/item/report/definition/pagesMetadata/1.0.0/schema.json",
          "pageOrder": [ "overview" ],
          "activePageName": "overview"
        }
        """
        .formatted(SCHEMAS);
  }

  private String page() {
    return """
        {
          "$schema": "%s/item/report/definition/page/2.0.0/schema.json",
          "name": "overview",
          "displayName": %s,
          "displayOption": "FitToPage",
          "height": 720,
          "width": 1280
        }
        """
        .formatted(SCHEMAS, literal(name));
  }

  private static String literal(String text) {
    return '"' + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(text)) + '"';
  }
}
