package batch.ingest;

import common.ErrorCode;
import common.Failure;
import common.event.EventSchema;
import common.lake.LakeTable;
import common.settings.Settings;
import common.settings.StorageUri;
import common.streaming.Checkpoint;
import common.streaming.CheckpointLease;
import common.streaming.KafkaRecords;
import common.streaming.StreamStart;
import java.io.IOException;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A source that ingest reads from.
 *
 * <p>To add a source, add a record here that streams rows of {@link EventSchema#RECORD}.
 */
public sealed interface IngestSource {

  /** All present and future records of the source. */
  Dataset<Row> stream(SparkSession spark, Settings settings);

  /**
   * Claims a checkpoint, unless the checkpoint does not match the current source or table.
   *
   * @throws Failure when the checkpoint does not match; the message explains what to do
   */
  CheckpointLease claim(LakeTable master, Checkpoint checkpoint, Settings settings);

  /**
   * Sources with the same identity share a checkpoint: records ingested from either source are not
   * ingested again.
   */
  String identity(SparkSession spark, Settings settings);

  /** The events of a micro-batch, in the order in which they are to be written. */
  Dataset<Row> arranged(Dataset<Row> events);

  /** The configured topic, from its earliest record. */
  record Kafka() implements IngestSource {
    @Override
    public Dataset<Row> stream(SparkSession spark, Settings settings) {
      long maxRecords = settings.ingest().maxRecordsPerBatch();
      return KafkaRecords.stream(spark, settings, "earliest", maxRecords);
    }

    @Override
    public CheckpointLease claim(LakeTable master, Checkpoint checkpoint, Settings settings) {
      return new StreamStart(checkpoint, settings.streaming().sourcePolicy())
          .fromKafka(master, settings.kafka())
          .lease();
    }

    /** Unchanged, because the events of a topic are already nearly in time order. */
    @Override
    public Dataset<Row> arranged(Dataset<Row> events) {
      return events;
    }

    @Override
    public String identity(SparkSession spark, Settings settings) {
      return "kafka:" + settings.kafka().bootstrapServers() + "/" + settings.kafka().topic();
    }
  }

  /** A file, or all files below a folder. */
  record Files(String path, FileFormat format) implements IngestSource {
    @Override
    public Dataset<Row> stream(SparkSession spark, Settings settings) {
      return RecordFiles.stream(spark, qualified(spark), format, settings.ingest());
    }

    @Override
    public CheckpointLease claim(LakeTable master, Checkpoint checkpoint, Settings settings) {
      return new StreamStart(checkpoint, settings.streaming().sourcePolicy())
          .fromFiles(master)
          .lease();
    }

    /** Sorted by date, so that a reader of only a few dates can skip most of a file. */
    @Override
    public Dataset<Row> arranged(Dataset<Row> events) {
      return events.sortWithinPartitions(EventSchema.EVENT_DATE);
    }

    @Override
    public String identity(SparkSession spark, Settings settings) {
      return format + ":" + qualified(spark);
    }

    private Path qualified(SparkSession spark) {
      try {
        Path raw = StorageUri.isUri(path) ? new Path(path) : local();
        FileSystem files = raw.getFileSystem(spark.sparkContext().hadoopConfiguration());
        if (!files.exists(raw)) {
          throw new Failure(ErrorCode.INPUT_NOT_FOUND, "No such file or folder: " + path);
        }

        if (raw.getName().startsWith("_") || raw.getName().startsWith(".")) {
          throw new Failure(
              ErrorCode.INPUT_INVALID,
              "Spark skips names that start with _ or . as hidden: rename " + path);
        }

        return files.makeQualified(raw);
      } catch (IOException unreachable) {
        throw new Failure(
            ErrorCode.INPUT_UNREADABLE,
            "Cannot read %s: %s".formatted(path, unreachable.getMessage()));
      }
    }

    private Path local() {
      return new Path(null, null, java.nio.file.Path.of(path).toAbsolutePath().toString());
    }
  }
}
