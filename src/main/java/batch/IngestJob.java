package batch;

import static org.apache.spark.sql.functions.current_timestamp;

import common.event.Events;
import common.lake.Lake;
import common.settings.Settings;
import common.streaming.RunningQueries;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;

/**
 * Takes records into the master dataset and the quarantine, as one streaming query whose checkpoint
 * knows what it has taken: run again, it goes on where it ended.
 */
public final class IngestJob {
  private final SparkSession spark;
  private final Lake lake;
  private final Settings settings;

  public IngestJob(SparkSession spark, Settings settings) {
    this.spark = spark;
    this.lake = new Lake(spark, settings.lakeRoot());
    this.settings = settings;
  }

  /** Takes all that is there, and ends. */
  public IngestReport drain(IngestSource source) throws StreamingQueryException, TimeoutException {
    return run(source, Trigger.AvailableNow());
  }

  /** Takes what comes, until the JVM is asked to stop. */
  public IngestReport follow(IngestSource source) throws StreamingQueryException, TimeoutException {
    return run(source, Trigger.ProcessingTime(settings.ingest().trigger().toMillis()));
  }

  private IngestReport run(IngestSource source, Trigger trigger)
      throws StreamingQueryException, TimeoutException {
    Dataset<Row> records = source.stream(spark, settings);
    lake.master().create();
    lake.quarantine().create();

    MasterWriter writer = new MasterWriter(lake);
    Dataset<Row> parsed = Events.parse(records, settings.maxFutureSkew(), current_timestamp());
    RunningQueries.run(
        List.of(
            parsed
                .writeStream()
                .queryName("ingest")
                .foreachBatch(writer)
                .trigger(trigger)
                .option("checkpointLocation", checkpoint(source))));
    return new IngestReport(writer.accepted(), writer.rejections());
  }

  private String checkpoint(IngestSource source) {
    byte[] identity = source.identity(spark, settings).getBytes(StandardCharsets.UTF_8);
    return lake.checkpoint("ingest", UUID.nameUUIDFromBytes(identity).toString());
  }
}
