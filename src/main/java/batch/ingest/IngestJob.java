package batch.ingest;

import static org.apache.spark.sql.functions.current_timestamp;

import common.event.Events;
import common.lake.Lake;
import common.ops.StreamProgress;
import common.session.JobDescription;
import common.settings.Settings;
import common.streaming.Checkpoint;
import common.streaming.CheckpointLease;
import common.streaming.Ledger;
import common.streaming.RunningQueries;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Ingests records into the master dataset and the quarantine, as one streaming query. The query's
 * checkpoint records the progress of ingest, so a rerun resumes where the last run ended.
 */
public final class IngestJob {
  /** The query's name, in logs and in {@code ops/stream_progress}. */
  public static final String QUERY = StreamProgress.INGEST;

  private final SparkSession spark;
  private final Lake lake;
  private final Settings settings;

  public IngestJob(SparkSession spark, Settings settings) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.settings = settings;
  }

  /** Ingests the records that are available now, then returns. */
  public IngestReport drain(IngestSource source) throws StreamingQueryException, TimeoutException {
    return run(source, Trigger.AvailableNow());
  }

  /** Ingests continuously, until the JVM is asked to stop. */
  public IngestReport follow(IngestSource source) throws StreamingQueryException, TimeoutException {
    return run(source, Trigger.ProcessingTime(settings.ingest().trigger().toMillis()));
  }

  private IngestReport run(IngestSource source, Trigger trigger)
      throws StreamingQueryException, TimeoutException {
    Ledger ledger = new Ledger(spark, lake, settings.streaming().ledgerPolicy());
    MasterWriter writer = new MasterWriter(lake, ledger, source);
    DataStreamWriter<Row> query =
        JobDescription.during(
            spark, QUERY + ": check tables and checkpoint", () -> query(source, writer, ledger));
    try (RunningQueries running =
        RunningQueries.start(
            spark, List.of(RunningQueries.Planned.stateless(query.trigger(trigger))), ledger)) {
      running.await();
    }

    return new IngestReport(writer.accepted(), writer.rejections());
  }

  private DataStreamWriter<Row> query(IngestSource source, MasterWriter writer, Ledger ledger) {
    lake.master().create();
    lake.quarantine().create();
    Checkpoint checkpoint = new Checkpoint(spark, checkpoint(source));
    CheckpointLease lease = source.claim(lake.master(), checkpoint, settings);
    ledger.open(QUERY, checkpoint);
    return Events.parse(
            source.stream(spark, settings), settings.maxFutureSkew(), current_timestamp())
        .writeStream()
        .queryName(QUERY)
        .foreachBatch(lease.guarded(writer))
        .option("checkpointLocation", checkpoint.path());
  }

  private String checkpoint(IngestSource source) {
    byte[] identity = source.identity(spark, settings).getBytes(StandardCharsets.UTF_8);
    return lake.checkpoint("ingest", UUID.nameUUIDFromBytes(identity).toString());
  }
}
