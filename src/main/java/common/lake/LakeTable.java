package common.lake;

import common.Failure;
import common.session.Session;
import io.delta.tables.DeltaTable;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/**
 * One Delta table of the lake, identified by its path. Its log is read on the driver, without a
 * Spark job. Rows are read by Spark, except that small tables are read on the driver.
 */
public final class LakeTable {
  /** Column that names the file of a row, as {@link TableSnapshot.DataFile#localPath} does. */
  public static final String FILE = "file";

  /** Above this number of files, Spark runs a separate job to list file sizes. */
  private static final int FEW_FILES = 32;

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
   * Whether the table has a commit: a job that is killed while creating a table can leave a log
   * without a commit. Delta's own check would treat storage that denies access or does not respond
   * as an absent table.
   *
   * @throws UncheckedIOException when the storage fails, or its container does not exist
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

  /**
   * Whether a version exists and is the newest. Takes two small storage requests, whereas {@link
   * #state} lists the log.
   *
   * @throws UncheckedIOException when the storage fails
   */
  public boolean isNewest(long version) {
    return log().has(version) && !log().has(version + 1);
  }

  /** The state as of the newest commit; the table must exist. */
  public TableState state() {
    return log().state();
  }

  /** The state as of the newest commit, after the check of {@link #requireFit}. */
  public TableState fitState() {
    TableState state = state();
    definition.requireFit(path, state);
    return state;
  }

  /**
   * Creates the table if it is missing, or adds the columns and properties that it lacks.
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
              return changes().addMissing(state) ? state() : state;
            });
    definition.requireFit(path, created);
  }

  /**
   * Replaces rows and columns of an earlier definition in one commit; earlier versions stay
   * readable. Until the replacement is complete, the table counts as holding another definition,
   * even if the job is killed midway.
   *
   * @param metadata user metadata of the commit; may be empty
   */
  public void redefine(Dataset<Row> rows, String metadata) {
    changes().redefine(rows, metadata);
  }

  /** Empties a table of another definition, and sets the expected definition. */
  public void redefineEmpty() {
    redefine(spark().createDataFrame(List.of(), schema()), "");
  }

  /**
   * Marks the rows as computed under the expected definition, after a restore brought back the
   * marker of a different definition.
   */
  public void settleDefinition() {
    changes().settleDefinition();
  }

  public DeltaTable delta() {
    return DeltaTable.forPath(spark(), path);
  }

  public Dataset<Row> read() {
    return spark().read().format("delta").load(path);
  }

  /**
   * The same rows as {@link #read}, returned faster while the table has few files. For commands
   * that read a table once and exit.
   */
  public Dataset<Row> readOnce() {
    TableSnapshot snapshot = log().withFiles();
    boolean plain = snapshot.state().minReaderVersion() <= TableDefinition.READER_VERSION;
    return plain && snapshot.files().size() <= FEW_FILES ? FileRows.of(spark(), snapshot) : read();
  }

  /**
   * The rows of some of the table's files, with the columns of {@link #schema} except the partition
   * columns, then {@link #FILE}. Columns that a file lacks are null.
   */
  public Dataset<Row> read(List<TableSnapshot.DataFile> files) {
    return FileRows.withFile(spark(), schema(), definition.partitionColumns(), files, FILE);
  }

  /** The table as of one version, regardless of concurrent writes. */
  public Dataset<Row> readAt(long version) {
    return spark().read().format("delta").option("versionAsOf", version).load(path);
  }

  /**
   * The rows of one partition of a table that fits into the driver's memory, in no particular
   * order. Files are read sequentially: {@code maintain} keeps their number low.
   *
   * @param column partition column, a string
   * @return none when the table does not exist
   */
  public List<Row> smallPartition(String column, String value) {
    return exists() ? log().partition(column, value) : List.of();
  }

  /**
   * The partitions that have a given value in one of the partition columns, from the log.
   *
   * @return the values of each partition by column; none when the table does not exist
   */
  public Set<Map<String, String>> partitions(String column, String value) {
    return exists() ? log().partitions(column, value) : Set.of();
  }

  /**
   * Appends a few rows of the table's schema in one commit, without a Spark job.
   *
   * @throws ConcurrentModificationException when the table itself changed meanwhile
   */
  public void append(List<Row> rows) {
    writer().append(rows);
  }

  /**
   * Appends rows like {@link #append}, unless the writer has already appended under this or a
   * higher number.
   *
   * @param writer identifies the sequence of numbers
   * @param number number of this append
   * @throws ConcurrentModificationException when the table itself changed meanwhile, or the writer
   *     appended under another number
   */
  public void appendOnce(List<Row> rows, String writer, long number) {
    writer().appendOnce(rows, writer, number);
  }

  /**
   * The number of a writer's last numbered append; empty if there is none.
   *
   * @param writer identifies the sequence of numbers
   */
  public Optional<Long> lastAppend(String writer) {
    return log().lastTransaction(writer);
  }

  /**
   * Replaces the rows of one small partition in one commit, without a Spark job.
   *
   * @param column partition column, a string
   * @param change maps the current rows of the partition to all of its new ones
   * @throws ConcurrentModificationException when another commit was made first
   */
  public void replacePartition(String column, String value, UnaryOperator<List<Row>> change) {
    writer().replace(column, value, change);
  }

  /** The number and size of the newest version's files, from the log. */
  public TableFiles files() {
    return log().files();
  }

  /**
   * The newest version with its files, from the log, after the check of {@link #requireFit}; the
   * table must exist.
   */
  public TableSnapshot snapshot() {
    TableSnapshot snapshot = log().withFiles();
    definition.requireFit(path, snapshot.state());
    return snapshot;
  }

  /**
   * The files of the newest version that were written at or after a time, from the log; none when
   * the table does not exist. A table created by an earlier version of this application may lack
   * columns.
   */
  public List<TableSnapshot.DataFile> filesSince(Instant time) {
    return exists()
        ? log().withFiles().files().stream()
            .filter(file -> !file.modifiedAt().isBefore(time))
            .toList()
        : List.of();
  }

  /** User metadata of the commits after one version, up to and including another, by version. */
  public Map<Long, String> userMetadata(long after, long upTo) {
    return log().userMetadata(after, upTo);
  }

  public void setProperty(String name, String value) {
    changes().set(Map.of(name, value));
  }

  /** The table's name in SQL statements. */
  public String sqlName() {
    return TableChanges.sqlName(path);
  }

  /** Restores rows and columns of an earlier version, in one commit with user metadata. */
  public void restoreTo(long version, String metadata) {
    changes().restoreTo(version, metadata);
  }

  /**
   * Deletes, in one commit, the rows that match any of the given rows on a condition. The condition
   * refers to the table as {@code kept} and to the given rows as {@code other}.
   *
   * @return the number of deleted rows
   */
  public long deleteMatched(Dataset<Row> rows, String condition) {
    return changes().deleteMatched(rows, condition);
  }

  /** Whether the table holds rows of a definition other than its view's current one. */
  public boolean holdsAnotherDefinition() {
    return definition.differsInMeaning(state());
  }

  /**
   * Rejects a table that cannot be used as it is.
   *
   * @throws Failure when the table holds rows of another definition of its view, has columns other
   *     than those expected, or has a feature that Synapse serverless cannot read
   */
  public void requireFit() {
    fitState();
  }

  private TableLog log() {
    return new TableLog(path, session.hadoop());
  }

  private TableChanges changes() {
    return new TableChanges(session, path, definition);
  }

  private TableWriter writer() {
    return new TableWriter(path, session.hadoop());
  }

  private SparkSession spark() {
    return session.spark();
  }
}
