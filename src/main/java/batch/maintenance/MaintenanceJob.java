package batch.maintenance;

import static org.apache.spark.sql.functions.ceil;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.countDistinct;
import static org.apache.spark.sql.functions.first;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;

import common.lake.Commits;
import common.lake.LakeTable;
import common.session.SessionSetting;
import io.delta.tables.DeltaOptimizeBuilder;
import java.time.Duration;
import java.time.LocalDate;
import java.util.List;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Console;

/** Keeps a table fast to read and its folder small; query results never change. */
public final class MaintenanceJob {
  private static final Logger LOG = LoggerFactory.getLogger(MaintenanceJob.class);

  /** Delta's default target size of a compacted file. */
  private static final long TARGET_BYTES = 1L << 30;

  private static final String RETENTION_CHECK =
      "spark.databricks.delta.retentionDurationCheck.enabled";

  private final SparkSession spark;

  public MaintenanceJob(SparkSession spark) {
    this.spark = spark;
  }

  /**
   * Compacts closed dates that have more files than they need, removes files that no version within
   * the retention period reads, and refreshes statistics if the engine supports them.
   *
   * @param dateColumn partition column
   * @param closedBefore dates before this date receive no more rows in normal operation
   * @param clusterBy columns to z-order by; empty for compaction only
   */
  public Report maintain(
      LakeTable table,
      String dateColumn,
      LocalDate closedBefore,
      List<String> clusterBy,
      Duration retention) {
    List<LocalDate> scattered = scattered(table, dateColumn, closedBefore);
    LOG.info("maintain: {} has {} dates to compact", table.path(), scattered.size());
    for (LocalDate date : scattered) {
      Commits.retried(
          "maintain " + table.path(), () -> compact(table, dateColumn, date, clusterBy));
    }

    vacuum(table, retention);
    return new Report(
        scattered.size(), analyze(table, clusterBy.isEmpty() ? "" : " FOR ALL COLUMNS"));
  }

  /** Compacts and vacuums a small table as a whole; a missing table is skipped. */
  public void compact(LakeTable table, Duration retention) {
    if (table.exists()) {
      Commits.retried(
          "maintain " + table.path(), () -> table.delta().optimize().executeCompaction());
      vacuum(table, retention);
    }
  }

  private static void compact(
      LakeTable table, String dateColumn, LocalDate date, List<String> clusterBy) {
    DeltaOptimizeBuilder optimize =
        table.delta().optimize().where("%s = '%s'".formatted(dateColumn, date));
    if (clusterBy.isEmpty()) {
      optimize.executeCompaction();
    } else {
      optimize.executeZOrderBy(clusterBy.toArray(String[]::new));
    }
  }

  private static List<LocalDate> scattered(
      LakeTable table, String dateColumn, LocalDate closedBefore) {
    Column closed = col(dateColumn).lt(lit(closedBefore));
    Dataset<Row> files =
        table
            .read()
            .where(closed)
            .select(col(dateColumn), col("_metadata.file_path"), col("_metadata.file_size"))
            .groupBy(dateColumn, "file_path")
            .agg(first("file_size").as("bytes"));
    return files
        .groupBy(dateColumn)
        .agg(countDistinct("file_path").as("files"), sum("bytes").as("bytes"))
        .where(col("files").gt(ceil(col("bytes").divide(lit(TARGET_BYTES)))))
        .orderBy(dateColumn)
        .collectAsList()
        .stream()
        .map(row -> row.getLocalDate(0))
        .toList();
  }

  private void vacuum(LakeTable table, Duration retention) {
    // Delta rejects a retention shorter than the table's deleted-file retention. The options of
    // this application enforce their own minimum.
    SessionSetting.during(
        spark,
        RETENTION_CHECK,
        "false",
        () ->
            Commits.retried(
                "maintain " + table.path(),
                () ->
                    // Delta prints the removed files, but stdout is for results.
                    Console.withOut(
                        System.err, () -> table.delta().vacuum((double) retention.toHours()))));
  }

  /**
   * Refreshes the table's statistics, if supported: outside Databricks, Delta rejects the statement
   * and relies on per-file statistics.
   */
  private boolean analyze(LakeTable table, String columns) {
    try {
      spark.sql("ANALYZE TABLE %s COMPUTE STATISTICS%s".formatted(table.sqlName(), columns));
      return true;
    } catch (Exception unsupported) {
      if (unsupported instanceof AnalysisException refused
          && "NOT_SUPPORTED_COMMAND_FOR_V2_TABLE".equals(refused.getErrorClass())) {
        return false;
      }

      throw unsupported;
    }
  }

  /**
   * The result of maintenance.
   *
   * @param compactedDates dates whose files were rewritten
   * @param analyzed whether the engine supports table statistics
   */
  public record Report(int compactedDates, boolean analyzed) {}
}
