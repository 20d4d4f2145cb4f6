package batch;

import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import org.apache.spark.sql.Row;

/**
 * How the bytes of a file become records.
 *
 * <p>To add a format, add a constant with its reader here.
 */
public enum FileFormat {
  /** JSON lines: one event a line. */
  json(LineRecords::json, ""),

  /** One event a line; the first line names the columns, by their wire names. */
  csv(LineRecords::csv, ""),

  /** Avro as Event Hubs Capture writes it. */
  capture(CaptureRecords::read, "*.avro");

  private final Reader reader;
  private final String namePattern;

  FileFormat(Reader reader, String namePattern) {
    this.reader = reader;
    this.namePattern = namePattern;
  }

  /**
   * Reads a file to its end, lazily.
   *
   * @return rows of {@code EventSchema.RECORD}
   */
  Iterator<Row> read(InputStream in, String file) throws IOException {
    return reader.read(in, file);
  }

  /** Glob of the file names that a folder is searched for; empty for every file. */
  String namePattern() {
    return namePattern;
  }

  @FunctionalInterface
  private interface Reader {
    Iterator<Row> read(InputStream in, String file) throws IOException;
  }
}
