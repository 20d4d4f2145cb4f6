package batch.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import common.event.EventSchema;
import common.event.Events;
import common.lake.Lake;
import common.lake.LakeTable;
import common.session.JobDescription;
import common.streaming.Checkpoint;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a micro-batch of parsed records to the master dataset and the quarantine. Each append
 * carries the query id and the batch id, so that a batch replayed after a kill adds nothing.
 */
final class MasterWriter implements VoidFunction2<Dataset<Row>, Long> {
  private static final Logger LOG = LoggerFactory.getLogger(MasterWriter.class);

  private final transient Lake lake;
  private final Map<String, Long> rejections = new TreeMap<>();
  private final transient BiConsumer<Long, Long> ledger;
  private long accepted;

  /**
   * Writes to the lake's tables.
   *
   * @param ledger receives the id of each micro-batch and how many of its events were written
   */
  MasterWriter(Lake lake, BiConsumer<Long, Long> ledger) {
    this.lake = lake;
    this.ledger = ledger;
  }

  @Override
  public void call(Dataset<Row> parsed, Long batchId) {
    JobDescription.during(
        parsed.sparkSession(),
        "%s: micro-batch %d".formatted(IngestJob.QUERY, batchId),
        () -> write(parsed, batchId));
  }

  private void write(Dataset<Row> parsed, long batchId) {
    parsed.persist(StorageLevel.MEMORY_AND_DISK());
    try {
      Map<String, Long> rejected = new TreeMap<>();
      long events = 0;
      for (Row row : counts(parsed)) {
        if (row.isNullAt(0)) {
          events = row.getLong(1);
        } else {
          rejected.put(row.getString(0), row.getLong(1));
        }
      }

      if (events > 0) {
        // Sorted, so that a reader of only a few dates can skip most of a file.
        Dataset<Row> sorted = Events.accepted(parsed).sortWithinPartitions(EventSchema.EVENT_DATE);
        append(sorted, lake.master(), batchId);
      }

      if (!rejected.isEmpty()) {
        append(Events.rejected(parsed), lake.quarantine(), batchId);
      }

      ledger.accept(batchId, events);
      accepted += events;
      rejected.forEach((reason, number) -> rejections.merge(reason, number, Long::sum));
      LOG.info("ingest: {} events so far, {} rejected", accepted, rejectedTotal());
    } finally {
      parsed.unpersist();
    }
  }

  long accepted() {
    return accepted;
  }

  /** How many records were rejected in this run, by reason. */
  Map<String, Long> rejections() {
    return rejections;
  }

  long rejectedTotal() {
    return rejections.values().stream().mapToLong(Long::longValue).sum();
  }

  private static Iterable<Row> counts(Dataset<Row> parsed) {
    return JobDescription.step(
        parsed.sparkSession(),
        "parse, and count by reason",
        () ->
            parsed.groupBy(col("parsed." + EventSchema.REASON)).agg(count(lit(1))).collectAsList());
  }

  private static void append(Dataset<Row> rows, LakeTable table, long batchId) {
    SparkSession spark = rows.sparkSession();
    String queryId = spark.sparkContext().getLocalProperty(Checkpoint.QUERY_ID);
    JobDescription.step(
        spark,
        "append to " + table.path(),
        () ->
            rows.write()
                .format("delta")
                .mode("append")
                .option("txnAppId", queryId)
                .option("txnVersion", batchId)
                .save(table.path()));
  }
}
