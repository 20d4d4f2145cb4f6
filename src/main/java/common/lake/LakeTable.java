package common.lake;

import common.Failure;
import common.session.Session;
import common.session.SessionSetting;
import io.delta.tables.DeltaTable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * One Delta table of the lake, known by its path. What its log knows is read on the driver, without
 * a Spark job; rows are read by Spark, those of small tables on the driver too.
 */
public final class LakeTable {
  private static final String METADATA = "spark.databricks.delta.commitInfo.userMetadata";
  private static final int RECENT_COMMITS = 100;

  private final Session session;
  private final String path;
  private final TableDefinition definition;

  LakeTable(Session session, String path, TableDefinition definition) {
    this.session = session;
    this.path = path;
    this.definition = definition;
  }

  public String path() {
    return path;
  }

  /** The columns that the table must have. */
  public StructType schema() {
    return definition.schema().get();
  }

  /**
   * Whether the table has a commit: a job that is killed while it creates one can leave a log
   * without. Delta's own test would take storage that refuses or does not answer for an absent
   * table.
   *
   * @throws UncheckedIOException when the storage does not answer
   */
  public boolean exists() {
    Path log = new Path(path, "_delta_log");
    try {
      FileSystem files = log.getFileSystem(session.hadoop());
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

  /** What the log says as of the newest commit; of a table that exists. */
  public TableState state() {
    return log().state();
  }

  /** The same, of a table that fits. */
  public TableState fitState() {
    TableState state = state();
    definition.requireFit(path, state);
    return state;
  }

  /**
   * Creates the table where it is missing.
   *
   * @throws Failure as {@link #requireFit}
   */
  public void create() {
    TableState created =
        Commits.retried(
            "create " + path,
            () -> {
              if (!exists()) {
                writer().create(schema(), definition.partitionColumns(), definition.properties());
              }

              TableState state = state();
              return addMissing(state) ? state() : state;
            });
    definition.requireFit(path, created);
  }

  /**
   * What a later version of this application added.
   *
   * @return whether the table lacked something
   */
  private boolean addMissing(TableState state) {
    List<StructField> columns = definition.missingColumns(state);
    if (!columns.isEmpty()) {
      String ddl = new StructType(columns.toArray(StructField[]::new)).toDDL();
      spark().sql("ALTER TABLE %s ADD COLUMNS (%s)".formatted(sqlName(), ddl));
    }

    Map<String, String> properties = definition.missingProperties(state);
    setProperties(properties);
    return !columns.isEmpty() || !properties.isEmpty();
  }

  /**
   * Replaces rows and columns of an earlier definition in one commit; earlier versions stay
   * readable. Until it is done the table passes for one of another definition, also when the job is
   * killed in between.
   *
   * @param metadata user metadata of the commit; may be empty
   */
  public void redefine(Dataset<Row> rows, String metadata) {
    String meaning = definition.meaning().orElseThrow();
    setProperty(TableDefinition.DEFINITION, "on the way to" + meaning);
    rows.write()
        .format("delta")
        .mode("overwrite")
        .option("overwriteSchema", true)
        .option("userMetadata", metadata)
        .partitionBy(definition.partitionColumns().toArray(String[]::new))
        .save(path);
    setProperty(TableDefinition.INCARNATION, UUID.randomUUID().toString());
    settleDefinition();
  }

  /** Empties a table of another definition, and gives it the one that is expected. */
  public void redefineEmpty() {
    redefine(spark().createDataFrame(List.of(), schema()), "");
  }

  /**
   * Says that the rows are of the expected definition, where a restore brought back another word.
   */
  public void settleDefinition() {
    setProperty(TableDefinition.DEFINITION, definition.meaning().orElseThrow());
  }

  public DeltaTable delta() {
    return DeltaTable.forPath(spark(), path);
  }

  public Dataset<Row> read() {
    return spark().read().format("delta").load(path);
  }

  /** The table as one commit left it, whatever is written meanwhile. */
  public Dataset<Row> readAt(long version) {
    return spark().read().format("delta").option("versionAsOf", version).load(path);
  }

  /**
   * The rows of one partition of a table that fits into the driver's memory, in no order. Files are
   * read one after the other: {@code maintain} keeps them few.
   *
   * @param column partition column, a string
   * @return none when the table does not exist
   */
  public List<Row> smallPartition(String column, String value) {
    return exists() ? log().partition(column, value) : List.of();
  }

  /**
   * Appends few rows of the table's schema in one commit, without a Spark job.
   *
   * @throws ConcurrentModificationException when the table itself changed meanwhile
   */
  public void append(List<Row> rows) {
    writer().append(rows);
  }

  /**
   * The same, unless the writer has already appended under this or a greater number.
   *
   * @param writer identifies the sequence of numbers
   * @param number of this append
   * @throws ConcurrentModificationException when the table itself changed meanwhile, or the writer
   *     appended under another number
   */
  public void appendOnce(List<Row> rows, String writer, long number) {
    writer().appendOnce(rows, writer, number);
  }

  /**
   * Replaces the few rows of one partition in one commit, without a Spark job.
   *
   * @param column partition column, a string
   * @param change from the present rows of the partition to all new ones
   * @throws ConcurrentModificationException when another commit came first
   */
  public void replacePartition(String column, String value, UnaryOperator<List<Row>> change) {
    writer().replace(column, value, change);
  }

  /** User metadata of the commits behind one version up to another, by version. */
  public Map<Long, String> userMetadata(long after, long upTo) {
    return log().userMetadata(after, upTo);
  }

  public void setProperty(String name, String value) {
    setProperties(Map.of(name, value));
  }

  /** Sets all in one commit; none where there is none. */
  private void setProperties(Map<String, String> properties) {
    if (properties.isEmpty()) {
      return;
    }

    String list =
        properties.entrySet().stream()
            .map(entry -> "'%s' = '%s'".formatted(entry.getKey(), literal(entry.getValue())))
            .collect(Collectors.joining(", "));
    spark().sql("ALTER TABLE %s SET TBLPROPERTIES (%s)".formatted(sqlName(), list));
  }

  private static String literal(String value) {
    return value.replace("\\", "\\\\").replace("'", "\\'");
  }

  /** For SQL statements. */
  public String sqlName() {
    return "delta.`%s`".formatted(path.replace("`", "``"));
  }

  /** Brings rows and columns of an earlier version back, in one commit with user metadata. */
  public void restoreTo(long version, String metadata) {
    committing(metadata, () -> delta().restoreToVersion(version));
  }

  /**
   * Deletes those rows, called {@code kept}, for which one of the other rows, called {@code other},
   * fulfils a condition, in one commit.
   *
   * @return how many were deleted
   */
  public long deleteMatched(Dataset<Row> rows, String condition) {
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

  /** Runs a commit, of a command that takes no such option itself, with user metadata. */
  private void committing(String metadata, Runnable commit) {
    SessionSetting.during(spark(), METADATA, metadata, commit);
  }

  /** Delta's metrics of the recent commit with that user metadata; empty when there was none. */
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

  /** Whether the table holds rows of another definition than its view now has. */
  public boolean holdsAnotherDefinition() {
    return definition.differsInMeaning(state());
  }

  /**
   * Refuses a table that cannot be used as it is.
   *
   * @throws Failure when the table holds rows of another definition of its view, has columns other
   *     than those expected, or a table feature that Synapse serverless cannot read
   */
  public void requireFit() {
    fitState();
  }

  private TableLog log() {
    return new TableLog(path, session.hadoop());
  }

  private TableWriter writer() {
    return new TableWriter(path, session.hadoop());
  }

  private SparkSession spark() {
    return session.spark();
  }
}
