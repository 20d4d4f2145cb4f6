package batch.ingest;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;

import common.event.EventSchema;
import common.event.Events;
import common.event.Rejection;
import common.lake.Lake;
import common.lake.LakeTable;
import common.ops.StreamAccount.Split;
import common.session.JobDescription;
import common.streaming.Checkpoint;
import common.streaming.Ledger;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a micro-batch of parsed records to the master dataset and the quarantine. Each append
 * carries the query id and the batch id, so that a batch replayed after a kill adds nothing.
 *
 * <p>Records are parsed once, while the events are written, and again only if some were rejected.
 * Records read, events written and records quarantined are counted independently, so that a loss
 * shows as an imbalance in the ledger.
 */
final class MasterWriter implements VoidFunction2<Dataset<Row>, Long> {
  private static final Logger LOG = LoggerFactory.getLogger(MasterWriter.class);
  private static final String ROWS = "rows";

  private final transient Lake lake;
  private final transient Ledger ledger;
  private final Map<String, Long> rejections = new TreeMap<>();
  private long accepted;

  /**
   * Writes to the lake's tables.
   *
   * @param ledger receives the outcome of each micro-batch's records
   */
  MasterWriter(Lake lake, Ledger ledger) {
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
    Observation records = new Observation();
    Observation events = new Observation();
    Dataset<Row> read = parsed.observe(records, count(lit(1)).as(ROWS));
    append(Events.accepted(read).observe(events, count(lit(1)).as(ROWS)), lake.master(), batchId);
    long recordsRead = observed(records).get(ROWS);
    long eventsWritten = observed(events).get(ROWS);
    Map<String, Long> rejected =
        recordsRead > eventsWritten ? quarantine(parsed, batchId) : Map.of();

    ledger.written(
        IngestJob.QUERY, batchId, new Split(recordsRead, eventsWritten, 0, 0, total(rejected)));
    accepted += eventsWritten;
    rejected.forEach((reason, number) -> rejections.merge(reason, number, Long::sum));
    LOG.info("ingest: {} events so far, {} rejected", accepted, rejectedTotal());
  }

  /** Writes the rejected records, and returns their number by reason. */
  private Map<String, Long> quarantine(Dataset<Row> parsed, long batchId) {
    Observation byReason = new Observation();
    Column[] counts =
        Arrays.stream(Rejection.values())
            .map(Rejection::code)
            .map(code -> count_if(col(EventSchema.REASON).equalTo(code)).as(code))
            .toArray(Column[]::new);
    append(
        Events.rejected(parsed)
            .observe(byReason, counts[0], Arrays.copyOfRange(counts, 1, counts.length)),
        lake.quarantine(),
        batchId);

    Map<String, Long> rejected = observed(byReason);
    rejected.values().removeIf(number -> number == 0);
    return rejected;
  }

  private static Map<String, Long> observed(Observation observation) {
    Map<String, Long> counts = new TreeMap<>();
    try {
      observation.getAsJava().forEach((name, number) -> counts.put(name, (Long) number));
      return counts;
    } catch (InterruptedException stopped) {
      // In this form Spark recognizes that the query was stopped.
      throw new UncheckedIOException(new InterruptedIOException(stopped.getMessage()));
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
    return total(rejections);
  }

  private static long total(Map<String, Long> rejected) {
    return rejected.values().stream().mapToLong(Long::longValue).sum();
  }

  private static void append(Dataset<Row> rows, LakeTable table, long batchId) {
    SparkSession spark = rows.sparkSession();
    String queryId = spark.sparkContext().getLocalProperty(Checkpoint.QUERY_ID);
    if (table.lastAppend(queryId).filter(done -> done >= batchId).isPresent()) {
      // Delta would not evaluate the rows of a replayed micro-batch, and they are to be counted.
      JobDescription.step(
          spark,
          "count what %s has already".formatted(table.path()),
          () -> rows.write().format("noop").mode("overwrite").save());
      return;
    }

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
