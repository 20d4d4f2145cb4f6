package batch.ingest;

import java.io.IOException;
import java.util.Iterator;
import org.apache.spark.sql.Row;

/**
 * The formats of input files.
 *
 * <p>To add a format, add a constant with its reader here.
 */
public enum FileFormat {
  /** JSON Lines: one event per line. */
  json("*") {
    @Override
    Iterator<Row> read(RecordFile file) throws IOException {
      return LineRecords.json(file);
    }
  },

  /** CSV: a header line with the JSON field names of events, then one event per line. */
  csv("*") {
    @Override
    Iterator<Row> read(RecordFile file) throws IOException {
      return LineRecords.csv(file);
    }
  },

  /** Avro as Event Hubs Capture writes it. */
  capture("*.avro") {
    @Override
    Iterator<Row> read(RecordFile file) throws IOException {
      return CaptureRecords.read(file);
    }
  };

  private final String namePattern;

  FileFormat(String namePattern) {
    this.namePattern = namePattern;
  }

  /**
   * Reads all records of a file, lazily.
   *
   * @return rows of {@code EventSchema.RECORD}
   */
  abstract Iterator<Row> read(RecordFile file) throws IOException;

  /** Glob for the names of the files to read in a folder. */
  String namePattern() {
    return namePattern;
  }
}
