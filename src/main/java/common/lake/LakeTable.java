package common.lake;

import common.Failure;
import io.delta.tables.DeltaTable;
import io.delta.tables.DeltaTableBuilder;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** One Delta table of the lake, known by its path. */
public final class LakeTable {
  /** All that Synapse serverless reads. */
  private static final int READER_VERSION = 1;

  private final SparkSession spark;
  private final String path;
  private final StructType schema;
  private final List<String> partitionColumns;
  private final Map<String, String> properties;

  LakeTable(
      SparkSession spark,
      String path,
      StructType schema,
      List<String> partitionColumns,
      Map<String, String> properties) {
    this.spark = spark;
    this.path = path;
    this.schema = schema;
    this.partitionColumns = partitionColumns;
    this.properties = properties;
  }

  public String path() {
    return path;
  }

  public StructType schema() {
    return schema;
  }

  public boolean exists() {
    return DeltaTable.isDeltaTable(spark, path);
  }

  /**
   * Creates the table where it is missing.
   *
   * @throws Failure when it is there with columns other than those expected, or with a table
   *     feature that Synapse serverless cannot read
   */
  public void create() {
    if (exists()) {
      requireFit();
      return;
    }

    DeltaTableBuilder builder =
        DeltaTable.createIfNotExists(spark)
            .location(path)
            .addColumns(schema)
            .partitionedBy(partitionColumns.toArray(String[]::new));
    for (Map.Entry<String, String> property : properties.entrySet()) {
      builder = builder.property(property.getKey(), property.getValue());
    }

    builder.execute();
  }

  public DeltaTable delta() {
    return DeltaTable.forPath(spark, path);
  }

  public Dataset<Row> read() {
    return spark.read().format("delta").load(path);
  }

  /** The table as one commit left it, whatever is written meanwhile. */
  public Dataset<Row> readAt(long version) {
    return spark.read().format("delta").option("versionAsOf", version).load(path);
  }

  /** The newest commit. */
  public long version() {
    return delta().history(1).select("version").first().getLong(0);
  }

  private void requireFit() {
    Row detail = delta().detail().select("minReaderVersion").first();
    if (detail.getInt(0) > READER_VERSION) {
      throw new Failure(
          "Table %s needs Delta reader version %d, and Synapse serverless reads %d: rewrite it without deletion vectors, column mapping and v2 checkpoints"
              .formatted(path, detail.getInt(0), READER_VERSION));
    }

    StructType stored = read().schema();
    if (!List.of(stored.fieldNames()).equals(List.of(schema.fieldNames()))) {
      throw new Failure(
          "Table %s has columns %s, but its definition now gives %s: give the changed view a new name"
              .formatted(path, List.of(stored.fieldNames()), List.of(schema.fieldNames())));
    }
  }
}
