package batch.ingest;

import common.ErrorCode;
import common.Failure;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Iterator;
import java.util.Locale;
import org.apache.avro.AvroRuntimeException;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.file.SeekableInput;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * Files that Event Hubs Capture wrote: Avro with {@code Body} (bytes), {@code SequenceNumber}
 * (long; becomes {@code offset}, as it does at the Kafka endpoint) and {@code EnqueuedTimeUtc}, a
 * string such as {@code 12/7/2018 10:22:49 AM}. Capture writes files without records when nothing
 * arrived.
 *
 * <p>Source: Azure documentation, "Explore captured Avro files"; the format of the time strings is
 * taken from files that Azure wrote.
 */
final class CaptureRecords extends RecordIterator {
  private static final DateTimeFormatter ENQUEUED =
      DateTimeFormatter.ofPattern("M/d/yyyy h:mm:ss a", Locale.ENGLISH);
  private static final String BODY = "Body";
  private static final String SEQUENCE_NUMBER = "SequenceNumber";
  private static final String ENQUEUED_TIME = "EnqueuedTimeUtc";

  private final DataFileReader<GenericRecord> avro;
  private final long length;
  private final String file;

  private CaptureRecords(DataFileReader<GenericRecord> avro, long length, String file) {
    this.avro = avro;
    this.length = length;
    this.file = file;
  }

  static Iterator<Row> read(RecordFile file) throws IOException {
    SeekableInput in = file.openSeekable();
    DataFileReader<GenericRecord> avro = new DataFileReader<>(in, new GenericDatumReader<>());
    if (avro.getSchema().getField(BODY) == null) {
      throw new Failure(
          ErrorCode.INPUT_INVALID,
          file.name()
              + " is Avro, but not from Event Hubs Capture: its records have no Body field");
    }

    return new CaptureRecords(avro, in.length(), file.name());
  }

  @Override
  Row readNext() throws IOException {
    try {
      if (avro.hasNext()) {
        return record(avro.next());
      }
    } catch (AvroRuntimeException damaged) {
      throw new IOException(damaged.getMessage(), damaged);
    }

    // Avro reads a file truncated inside a block as if the file ended before that block.
    if (avro.previousSync() != length) {
      throw new EOFException("the last block is incomplete");
    }

    return null;
  }

  /** A row of {@code EventSchema.RECORD}. */
  private Row record(GenericRecord message) {
    Object sequenceNumber = optional(message, SEQUENCE_NUMBER);
    return RowFactory.create(
        bytes(message.get(BODY)),
        null,
        null,
        "file:capture",
        file,
        null,
        sequenceNumber instanceof Long number ? number : null,
        enqueuedTime(optional(message, ENQUEUED_TIME)));
  }

  private static Object optional(GenericRecord message, String field) {
    return message.hasField(field) ? message.get(field) : null;
  }

  private static byte[] bytes(Object body) {
    if (!(body instanceof ByteBuffer buffer)) {
      return null;
    }

    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  private static Instant enqueuedTime(Object text) {
    try {
      return text == null
          ? null
          : LocalDateTime.parse(text.toString(), ENQUEUED).toInstant(ZoneOffset.UTC);
    } catch (DateTimeException unknownForm) {
      return null;
    }
  }
}
