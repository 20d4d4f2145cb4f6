package common.lake;

import common.ErrorCode;
import common.Failure;
import io.delta.tables.DeltaTable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.Option;

/** One Delta table of the lake, known by its path. */
public final class LakeTable {
  /** Table property that keeps what the rows of a view's table mean. */
  static final String DEFINITION = "lambda.definition";

  private static final String INCARNATION = "lambda.incarnation";
  private static final String METADATA = "spark.databricks.delta.commitInfo.userMetadata";

  private static final int RECENT_COMMITS = 100;

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

  /**
   * Whether the table has a commit: a job that is killed while it creates one can leave a log
   * without. Delta's own test would take storage that refuses or does not answer for an absent
   * table.
   *
   * @throws UncheckedIOException when the storage cannot tell
   */
  public boolean exists() {
    Path log = new Path(path, "_delta_log");
    try {
      FileSystem files = log.getFileSystem(spark.sparkContext().hadoopConfiguration());
      return files.exists(new Path(log, "_last_checkpoint"))
          || Arrays.stream(files.listStatus(log))
              .anyMatch(file -> file.getPath().getName().matches("\\d{20}\\.json"));
    } catch (FileNotFoundException absent) {
      if (StorageErrors.isMissingContainer(absent)) {
        throw new UncheckedIOException(absent);
      }

      return false;
    } catch (IOException unreachable) {
      throw new UncheckedIOException(unreachable);
    }
  }

  /**
   * Creates the table where it is missing.
   *
   * @throws Failure as {@link #requireFit}
   */
  public void create() {
    Commits.retried(
        "create " + path,
        () -> {
          if (!exists()) {
            createNew();
          }

          addMissing();
        });
    requireFit();
  }

  /**
   * Appends no rows, because Delta's builder takes any folder with something in it for a table:
   * also what a killed job left, or another job has just begun.
   */
  private void createNew() {
    Map<String, String> options = new HashMap<>(properties);
    options.keySet().removeIf(name -> !name.startsWith("delta."));
    spark
        .createDataFrame(List.of(), schema)
        .write()
        .format("delta")
        .mode("append")
        .options(options)
        .partitionBy(partitionColumns.toArray(String[]::new))
        .save(path);
  }

  /** What the creation could not say, or a later version of this application added. */
  private void addMissing() {
    List<String> stored = List.of(read().schema().fieldNames());
    List<String> wanted = List.of(schema.fieldNames());
    boolean olderTable =
        wanted.size() > stored.size() && wanted.subList(0, stored.size()).equals(stored);
    if (olderTable && properties.get(DEFINITION) == null) {
      StructType more = new StructType();
      for (String name : wanted.subList(stored.size(), wanted.size())) {
        more = more.add(schema.apply(name));
      }

      spark.sql("ALTER TABLE %s ADD COLUMNS (%s)".formatted(sqlName(), more.toDDL()));
    }

    Map<String, String> known = delta().detail().select("properties").first().getJavaMap(0);
    properties.forEach(
        (name, value) -> {
          if (!known.containsKey(name)) {
            setProperty(name, value);
          }
        });
  }

  /**
   * Replaces rows and columns of an earlier definition in one commit; earlier versions stay
   * readable. Until it is done the table passes for one of another definition, also when the job is
   * killed in between.
   *
   * @param metadata user metadata of the commit; may be empty
   */
  public void redefine(Dataset<Row> rows, String metadata) {
    String definition = properties.get(DEFINITION);
    setProperty(DEFINITION, "on the way to" + definition);
    rows.write()
        .format("delta")
        .mode("overwrite")
        .option("overwriteSchema", true)
        .option("userMetadata", metadata)
        .partitionBy(partitionColumns.toArray(String[]::new))
        .save(path);
    setProperty(INCARNATION, UUID.randomUUID().toString());
    setProperty(DEFINITION, definition);
  }

  /**
   * Says that the rows are of the expected definition, where a restore brought back another word.
   */
  public void settleDefinition() {
    setProperty(DEFINITION, properties.get(DEFINITION));
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

  /** Differs when the table was made or emptied anew: what a stream has written is not in it. */
  public String incarnation() {
    return property(INCARNATION).orElseGet(this::id);
  }

  /** Differs when a table was deleted and another made in its place. */
  public String id() {
    return delta().detail().select("id").first().getString(0);
  }

  public Optional<String> property(String name) {
    Map<String, String> stored = delta().detail().select("properties").first().getJavaMap(0);
    return Optional.ofNullable(stored.get(name));
  }

  public void setProperty(String name, String value) {
    String literal = value.replace("\\", "\\\\").replace("'", "\\'");
    spark.sql("ALTER TABLE %s SET TBLPROPERTIES ('%s' = '%s')".formatted(sqlName(), name, literal));
  }

  /** For SQL statements. */
  public String sqlName() {
    return "delta.`%s`".formatted(path.replace("`", "``"));
  }

  /** Runs a commit, of a command that takes no such option itself, with user metadata. */
  public void committing(String metadata, Runnable commit) {
    Option<String> before = spark.conf().getOption(METADATA);
    spark.conf().set(METADATA, metadata);
    try {
      commit.run();
    } finally {
      if (before.isDefined()) {
        spark.conf().set(METADATA, before.get());
      } else {
        spark.conf().unset(METADATA);
      }
    }
  }

  /** Delta's metrics of the recent commit with that user metadata; empty when there was none. */
  public Optional<Map<String, String>> committed(String metadata) {
    return delta()
        .history(RECENT_COMMITS)
        .where(functions.col("userMetadata").equalTo(metadata))
        .select("operationMetrics")
        .collectAsList()
        .stream()
        .map(row -> row.<String, String>getJavaMap(0))
        .findFirst();
  }

  /** Whether the table holds rows of another definition than its view now has. */
  public boolean holdsAnotherDefinition() {
    return property(DEFINITION)
        .filter(stored -> !stored.equals(properties.get(DEFINITION)))
        .isPresent();
  }

  /**
   * Refuses a table that cannot be used as it is.
   *
   * @throws Failure when the table holds rows of another definition of its view, has columns other
   *     than those expected, or a table feature that Synapse serverless cannot read
   */
  public void requireFit() {
    Row detail = delta().detail().select("minReaderVersion", "properties").first();
    if (detail.getInt(0) > READER_VERSION) {
      throw new Failure(
          ErrorCode.LAKE_TABLE_UNFIT,
          "Table %s needs Delta reader version %d, and Synapse serverless reads %d: rewrite it without deletion vectors, column mapping and v2 checkpoints"
              .formatted(path, detail.getInt(0), READER_VERSION));
    }

    String stored = detail.<String, String>getJavaMap(1).get(DEFINITION);
    String expected = properties.get(DEFINITION);
    if (stored != null && expected != null && !stored.equals(expected)) {
      throw redefined(stored, expected);
    }

    StructType columns = read().schema();
    if (!List.of(columns.fieldNames()).equals(List.of(schema.fieldNames()))) {
      throw new Failure(
          ErrorCode.LAKE_TABLE_UNFIT,
          "Table %s has columns %s where %s are expected: it was made by something else; move it away"
              .formatted(path, List.of(columns.fieldNames()), List.of(schema.fieldNames())));
    }
  }

  private Failure redefined(String stored, String expected) {
    String view = path.substring(path.lastIndexOf('/') + 1);
    return new Failure(
        ErrorCode.VIEW_DEFINITION_CHANGED,
        "The definition of view %1$s has changed (%2$s), and %3$s holds rows of the earlier one: restore the definition, or move with batch --view %1$s --rebuild --reason \"...\""
            .formatted(view, difference(stored, expected), path));
  }

  private static String difference(String stored, String expected) {
    List<String> before = stored.lines().toList();
    List<String> now = expected.lines().toList();
    String gone = lines(before, now);
    String come = lines(now, before);
    if (gone.isEmpty() && come.isEmpty()) {
      return "another order of measures";
    }

    return "was [%s], is [%s]".formatted(gone, come);
  }

  private static String lines(List<String> of, List<String> without) {
    return of.stream().filter(line -> !without.contains(line)).collect(Collectors.joining("; "));
  }
}
