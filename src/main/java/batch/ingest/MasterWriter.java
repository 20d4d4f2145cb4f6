package batch.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.event.EventSchema;
import common.event.Events;
import common.lake.Lake;
import common.lake.LakeTable;
import common.ops.StreamAccount.Split;
import common.session.JobDescription;
import common.session.SessionSetting;
import common.streaming.Checkpoint;
import common.streaming.Ledger;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a micro-batch of parsed records to the master dataset and the quarantine. Each append
 * carries the query id and the batch id, so that a micro-batch replayed after a kill adds nothing.
 *
 * <p>Records are parsed while the events are written, and parsed again for the quarantine if any
 * were rejected. After a micro-batch with rejected records, the parsed records of the next one are
 * therefore cached. Records parsed, events written and records quarantined are counted separately,
 * so that the ledger reveals any loss between these steps.
 */
final class MasterWriter implements VoidFunction2<Dataset<Row>, Long> {
  private static final Logger LOG = LoggerFactory.getLogger(MasterWriter.class);

  private final transient Lake lake;
  private final transient Ledger ledger;
  private final transient IngestSource source;
  private final Map<String, Long> rejections = new TreeMap<>();
  private long accepted;
  private boolean first = true;
  private boolean rejectedBefore;

  /**
   * Writes to the lake's tables.
   *
   * @param ledger receives the outcome of each micro-batch's records
   */
  MasterWriter(Lake lake, Ledger ledger, IngestSource source) {
    this.lake = lake;
    this.ledger = ledger;
    this.source = source;
  }

  @Override
  public void call(Dataset<Row> parsed, Long batchId) {
    JobDescription.during(
        parsed.sparkSession(),
        "%s: micro-batch %d".formatted(IngestJob.QUERY, batchId),
        () -> {
          if (rejectedBefore) {
            parsed.persist(StorageLevel.MEMORY_AND_DISK());
          }

          try {
            write(parsed, batchId);
          } finally {
            parsed.unpersist();
          }
        });
  }

  private void write(Dataset<Row> parsed, long batchId) {
    Tally read = new Tally(parsed.sparkSession().sparkContext());
    Tally written = new Tally(parsed.sparkSession().sparkContext());
    Tally quarantined = new Tally(parsed.sparkSession().sparkContext());
    Dataset<Row> events = source.arranged(Events.accepted(read.over(parsed, Events.reason())));
    append(written.over(events, lit(null).cast(DataTypes.StringType)), lake.master(), batchId);
    rejectedBefore = !read.rejected().isEmpty();
    if (rejectedBefore) {
      append(
          quarantined.over(Events.rejected(parsed), col(EventSchema.REASON)),
          lake.quarantine(),
          batchId);
    }

    first = false;
    ledger.written(
        IngestJob.QUERY,
        batchId,
        new Split(read.total(), written.events(), 0, 0, quarantined.total()));
    accepted += written.events();
    quarantined.rejected().forEach((reason, number) -> rejections.merge(reason, number, Long::sum));
    LOG.info("ingest: {} events so far, {} rejected", accepted, rejectedTotal());
  }

  long accepted() {
    return accepted;
  }

  /** The number of records rejected in this run, by reason. */
  Map<String, Long> rejections() {
    return rejections;
  }

  long rejectedTotal() {
    return rejections.values().stream().mapToLong(Long::longValue).sum();
  }

  private void append(Dataset<Row> rows, LakeTable table, long batchId) {
    SparkSession spark = rows.sparkSession();
    String queryId = spark.sparkContext().getLocalProperty(Checkpoint.QUERY_ID);
    if (first && table.lastAppend(queryId).filter(done -> done >= batchId).isPresent()) {
      // Delta would not evaluate the rows of a replayed micro-batch, which need to be counted.
      JobDescription.step(
          spark,
          "count the rows that %s already has".formatted(table.path()),
          () -> rows.write().format("noop").mode("overwrite").save());
      return;
    }

    JobDescription.step(
        spark,
        "append to " + table.path(),
        () ->
            // With fewer than two concurrent writers, Delta would sort all rows by ingestion date.
            SessionSetting.during(
                spark,
                "spark.sql.maxConcurrentOutputFileWriters",
                "2",
                () ->
                    rows.write()
                        .format("delta")
                        .mode("append")
                        .option("txnAppId", queryId)
                        .option("txnVersion", batchId)
                        .save(table.path())));
  }
}
