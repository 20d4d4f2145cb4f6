package batch.ingest;

import common.ErrorCode;
import common.Failure;
import common.event.EventSchema;
import common.lake.StorageErrors;
import common.settings.IngestSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.util.SerializableConfiguration;

/**
 * The files of a folder, each ingested once, as a stream of records. Spark's file source lists the
 * files and records in the checkpoint which files it has seen. This class reads the contents,
 * because Spark's readers provide neither a record's position in its file, nor its original bytes,
 * nor a clear error for a damaged file.
 *
 * <p>A file is ingested whole or not at all. Files are identified by path: a file that grows or is
 * replaced after being ingested is not read again.
 */
final class RecordFiles {
  private static final String SCHEMA =
      "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY";

  private RecordFiles() {}

  /**
   * Streams a file or all files below a folder.
   *
   * @return rows of {@link EventSchema#RECORD}
   */
  static Dataset<Row> stream(
      SparkSession spark, Path path, FileFormat format, IngestSettings settings) {
    SerializableConfiguration hadoop =
        new SerializableConfiguration(spark.sparkContext().hadoopConfiguration());
    FlatMapFunction<String, Row> read =
        file -> read(new RecordFile(new Path(file), hadoop.value()), format);
    return spark
        .readStream()
        .format("binaryFile")
        .schema(SCHEMA)
        .option("recursiveFileLookup", true)
        .option("pathGlobFilter", format.namePattern())
        .option("maxFilesPerTrigger", settings.maxFilesPerBatch())
        // By default, Spark skips files more than a week older than the newest one it has seen.
        .option("maxFileAge", "36500d")
        .load(escaped(path))
        .select("path")
        .as(Encoders.STRING())
        .flatMap(read, Encoders.row(EventSchema.RECORD));
  }

  /** Spark interprets the path as a glob. */
  private static String escaped(Path path) {
    return path.toString().replaceAll("([\\\\*?\\[\\]{}])", "\\\\$1");
  }

  private static Iterator<Row> read(RecordFile file, FileFormat format) {
    try {
      Iterator<Row> records = format.read(file);
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          try {
            return records.hasNext();
          } catch (UncheckedIOException damaged) {
            throw unreadable(file.name(), damaged);
          }
        }

        @Override
        public Row next() {
          return records.next();
        }
      };
    } catch (IOException damaged) {
      throw unreadable(file.name(), damaged);
    }
  }

  private static Failure unreadable(String file, Exception cause) {
    if (StorageErrors.isDeniedLocally(cause)) {
      return new Failure(
          ErrorCode.INPUT_UNREADABLE,
          "Cannot open %s: permission denied; none of it was ingested: grant this user read access and run the command again"
              .formatted(file),
          cause);
    }

    return new Failure(
        ErrorCode.INPUT_INVALID,
        "Cannot read %s in full (%s); none of it was ingested: replace it with a complete file; if you move it away instead, add it back under a new name"
            .formatted(file, Failure.reason(cause)),
        cause);
  }
}
