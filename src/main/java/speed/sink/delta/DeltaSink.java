package speed.sink.delta;

import static java.util.stream.Collectors.joining;

import common.lake.Commits;
import common.lake.LakeTable;
import common.metrics.View;
import common.session.JobDescription;
import common.session.SessionSetting;
import common.streaming.Checkpoint;
import io.delta.tables.DeltaTable;
import java.time.Duration;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import speed.sink.Sink;

/**
 * Upserts windows into the speed view's Delta table by keys and window start. A replayed
 * micro-batch is skipped: each commit records the query's id and the batch id.
 */
public final class DeltaSink implements Sink {
  /** Set on the session, because MERGE takes no options; each query has its own session. */
  private static final String TRANSACTION = "spark.databricks.delta.write.txn";

  private final View view;
  private final transient LakeTable table;
  private final Duration trigger;

  public DeltaSink(View view, LakeTable table, Duration trigger) {
    this.view = view;
    this.table = table;
    this.trigger = trigger;
  }

  @Override
  public Duration trigger() {
    return trigger;
  }

  @Override
  public void call(Dataset<Row> changed, Long batchId) {
    // The merge reads its source twice, and each read would run the whole micro-batch.
    changed.persist();
    try {
      SparkSession spark = changed.sparkSession();
      List<String> dates =
          JobDescription.step(spark, "aggregate and find the dates", () -> dates(changed));
      if (!dates.isEmpty()) {
        JobDescription.step(
            spark,
            "merge into " + String.join(", ", dates),
            () ->
                once(
                    spark,
                    batchId,
                    () -> Commits.retried("speed " + view.name(), () -> upsert(changed, dates))));
      }
    } finally {
      changed.unpersist();
    }
  }

  /**
   * The dates of the rows. Duplicates are removed in each partition and then on the driver, because
   * a shuffle would start tasks for only a few rows.
   */
  private static List<String> dates(Dataset<Row> changed) {
    MapPartitionsFunction<LocalDate, LocalDate> distinct = DeltaSink::distinct;
    return changed
        .select(View.EVENT_DATE)
        .as(Encoders.LOCALDATE())
        .mapPartitions(distinct, Encoders.LOCALDATE())
        .collectAsList()
        .stream()
        .distinct()
        .map(date -> "DATE'" + date + "'")
        .sorted()
        .toList();
  }

  private static Iterator<LocalDate> distinct(Iterator<LocalDate> dates) {
    Set<LocalDate> seen = new HashSet<>();
    dates.forEachRemaining(seen::add);
    return seen.iterator();
  }

  /**
   * Makes Delta skip a micro-batch that is not newer than the last one committed, including one
   * that a job retries after a write conflict with the job that has taken over its checkpoint.
   */
  private static void once(SparkSession spark, long batchId, Runnable commit) {
    String query = spark.sparkContext().getLocalProperty(Checkpoint.QUERY_ID);
    SessionSetting.during(
        spark,
        TRANSACTION + "Version",
        String.valueOf(batchId),
        () -> SessionSetting.during(spark, TRANSACTION + "AppId", query, commit));
  }

  /** Literal dates limit the rewrite and the check for write conflicts to their partitions. */
  private void upsert(Dataset<Row> changed, List<String> dates) {
    // A rebuild may have changed the table's definition while this job was running.
    table.requireFit();
    String sameRow =
        view.rowKey().stream()
            .map(column -> "kept.%1$s = changed.%1$s".formatted(column))
            .collect(joining(" AND "));
    String sameDates = "kept.%s IN (%s)".formatted(View.EVENT_DATE, String.join(", ", dates));
    DeltaTable.forPath(changed.sparkSession(), table.path())
        .as("kept")
        .merge(changed.as("changed"), sameDates + " AND " + sameRow)
        .whenMatched()
        .updateAll()
        .whenNotMatched()
        .insertAll()
        .execute();
  }
}
