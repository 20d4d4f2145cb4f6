package serving.sql.powerbi;

import common.metrics.Measure;
import common.metrics.View;
import common.settings.SynapseSettings;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructType;
import serving.sql.Dialect;
import serving.sql.UnifiedView;

/**
 * A Power BI project (PBIP) for a view, a connection to the serverless pool (PBIDS), and the T-SQL
 * of the SQL view that the project loads: the unified view with the parts of the measures.
 */
public final class PowerBiProject {
  private final View view;
  private final UnifiedView rows;
  private final SynapseSettings synapse;

  /**
   * Prepares the project.
   *
   * @param schema the schema of the view's tables
   * @param dialect of the serverless pool
   * @param settle how long after its publication a boundary that moved forward remains unused
   */
  public PowerBiProject(
      View view, StructType schema, Dialect dialect, Duration settle, SynapseSettings synapse) {
    this.view = view;
    this.synapse = synapse;
    List<String> parts = view.measures().stream().flatMap(PowerBiProject::parts).toList();
    this.rows = UnifiedView.withParts(view, schema, dialect, settle, parts);
  }

  /** The files, by path in the project folder. */
  public Map<String, String> files() {
    String loaded = view.name() + "_parts";
    String server = synapse.endpoint();
    String database = synapse.database();
    Map<String, String> files = new LinkedHashMap<>();
    files.put(view.name() + ".sql", rows.create(loaded));
    files.putAll(new ProjectJson(view.name()).files(server, database));
    new SemanticModel(view, rows.columns(), PowerQuery.rows(synapse.schema(), loaded))
        .files(server, database)
        .forEach(
            (path, text) -> files.put(view.name() + ".SemanticModel/definition/" + path, text));
    return files;
  }

  /** The folder of the project's report, which users edit. */
  public String report() {
    return view.name() + ".Report";
  }

  private static Stream<String> parts(Measure measure) {
    return Dax.rollUp(measure).columns(measure);
  }
}
