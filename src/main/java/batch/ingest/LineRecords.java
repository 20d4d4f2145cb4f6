package batch.ingest;

import common.event.EventSchema;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.io.Text;
import org.apache.hadoop.util.LineReader;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Reads text files with one record per line; blank lines are skipped, and {@code offset} is the
 * line number, from 1.
 */
final class LineRecords extends RecordIterator {
  private static final byte[] BYTE_ORDER_MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};

  private final LineReader lines;
  private final String file;
  private final String source;
  private final Text line = new Text();
  private CsvToJson csv;
  private long lineNumber;

  private LineRecords(InputStream in, String file, String source) throws IOException {
    // A carriage return is white space inside JSON; only the line feed ends a line.
    this.lines = new LineReader(in, new Configuration(false), new byte[] {'\n'});
    this.file = file;
    this.source = source;
  }

  static Iterator<Row> json(RecordFile file) throws IOException {
    return new LineRecords(file.open(), file.name(), "file:json");
  }

  static Iterator<Row> csv(RecordFile file) throws IOException {
    LineRecords records = new LineRecords(file.open(), file.name(), "file:csv");
    byte[] header = records.nextLine();
    if (header != null) {
      records.csv = CsvToJson.withHeader(header, file.name());
    }

    return records;
  }

  @Override
  Row readNext() throws IOException {
    byte[] body = nextLine();
    if (body == null) {
      return null;
    }

    if (csv == null) {
      return record(body, null, null);
    }

    try {
      return record(body, csv.convert(body), null);
    } catch (CsvToJson.MalformedLine malformed) {
      return record(body, null, malformed.getMessage());
    }
  }

  private byte[] nextLine() throws IOException {
    while (lines.readLine(line) > 0) {
      lineNumber++;
      byte[] bytes = withoutMarks(line.copyBytes());
      for (byte b : bytes) {
        if (b != ' ' && b != '\t' && b != '\r') {
          return bytes;
        }
      }
    }

    return null;
  }

  private byte[] withoutMarks(byte[] bytes) {
    int from = lineNumber == 1 && startsWithMark(bytes) ? BYTE_ORDER_MARK.length : 0;
    int to = bytes.length;
    if (to > from && bytes[to - 1] == '\r') {
      to--;
    }

    return Arrays.copyOfRange(bytes, from, to);
  }

  private static boolean startsWithMark(byte[] bytes) {
    int length = BYTE_ORDER_MARK.length;
    return bytes.length >= length && Arrays.equals(bytes, 0, length, BYTE_ORDER_MARK, 0, length);
  }

  /** A row of {@link EventSchema#RECORD}. */
  private Row record(byte[] body, byte[] json, String fault) {
    return RowFactory.create(body, json, fault, source, file, null, lineNumber, null);
  }
}
