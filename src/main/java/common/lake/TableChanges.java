package common.lake;

import common.session.Session;
import common.session.SessionSetting;
import io.delta.tables.DeltaTable;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The changes to a Delta table for which Spark is needed: columns, properties, many rows. The first
 * such change starts Spark.
 */
record TableChanges(Session session, String path, TableDefinition definition) {
  private static final String METADATA = "spark.databricks.delta.commitInfo.userMetadata";
  private static final int RECENT_COMMITS = 100;

  /** A table's name in SQL statements. */
  static String sqlName(String path) {
    return "delta.`%s`".formatted(path.replace("`", "``"));
  }

  /**
   * Adds columns and properties that a later version of this application introduced.
   *
   * @return whether anything was missing
   */
  boolean addMissing(TableState state) {
    List<StructField> columns = definition.missingColumns(state);
    if (!columns.isEmpty()) {
      String ddl = new StructType(columns.toArray(StructField[]::new)).toDDL();
      spark().sql("ALTER TABLE %s ADD COLUMNS (%s)".formatted(sqlName(path), ddl));
    }

    Map<String, String> properties = definition.missingProperties(state);
    set(properties);
    return !columns.isEmpty() || !properties.isEmpty();
  }

  /**
   * Replaces rows and columns in one commit. A commit before it marks the table as holding another
   * definition, and the last of the commits after it removes that mark, so a job that is killed
   * midway leaves the table marked.
   */
  void redefine(Dataset<Row> rows, String metadata) {
    String meaning = definition.meaning().orElseThrow();
    set(Map.of(TableDefinition.DEFINITION, "incomplete replacement by " + meaning));
    rows.write()
        .format("delta")
        .mode("overwrite")
        .option("overwriteSchema", true)
        .option("userMetadata", metadata)
        .partitionBy(definition.partitionColumns().toArray(String[]::new))
        .save(path);
    set(Map.of(TableDefinition.INCARNATION, UUID.randomUUID().toString()));
    settleDefinition();
  }

  void settleDefinition() {
    set(Map.of(TableDefinition.DEFINITION, definition.meaning().orElseThrow()));
  }

  /** Sets all properties in one commit; commits nothing if there are none. */
  void set(Map<String, String> properties) {
    if (properties.isEmpty()) {
      return;
    }

    String list =
        properties.entrySet().stream()
            .map(entry -> "'%s' = '%s'".formatted(entry.getKey(), literal(entry.getValue())))
            .collect(Collectors.joining(", "));
    spark().sql("ALTER TABLE %s SET TBLPROPERTIES (%s)".formatted(sqlName(path), list));
  }

  private static String literal(String value) {
    return value.replace("\\", "\\\\").replace("'", "\\'");
  }

  void restoreTo(long version, String metadata) {
    committing(metadata, () -> delta().restoreToVersion(version));
  }

  long deleteMatched(Dataset<Row> rows, String condition) {
    String id = UUID.randomUUID().toString();
    committing(
        id,
        () ->
            delta().as("kept").merge(rows.as("other"), condition).whenMatched().delete().execute());
    return committed(id)
        .map(metrics -> metrics.get("numTargetRowsDeleted"))
        .map(Long::parseLong)
        .orElse(0L);
  }

  /** Runs a command that has no option for user metadata, so that its commit carries them. */
  private void committing(String metadata, Runnable commit) {
    SessionSetting.during(spark(), METADATA, metadata, commit);
  }

  /** Delta's metrics of the commit with the user metadata; empty if no recent commit has them. */
  private Optional<Map<String, String>> committed(String metadata) {
    return delta()
        .history(RECENT_COMMITS)
        .where(functions.col("userMetadata").equalTo(metadata))
        .select("operationMetrics")
        .collectAsList()
        .stream()
        .map(row -> row.<String, String>getJavaMap(0))
        .findFirst();
  }

  private SparkSession spark() {
    return session.spark();
  }

  private DeltaTable delta() {
    return DeltaTable.forPath(spark(), path);
  }
}
