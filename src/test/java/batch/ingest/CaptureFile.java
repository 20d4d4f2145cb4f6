package batch.ingest;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Map;
import org.apache.avro.Schema;
import org.apache.avro.SchemaBuilder;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericData;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericRecord;

/** Writes Avro files in the schema that Event Hubs Capture uses. */
final class CaptureFile {
  private static final Schema SCHEMA =
      new Schema.Parser()
          .parse(
              """
              {"type": "record", "name": "EventData", "namespace": "Microsoft.ServiceBus.Messaging",
               "fields": [
                 {"name": "SequenceNumber", "type": "long"},
                 {"name": "Offset", "type": "string"},
                 {"name": "EnqueuedTimeUtc", "type": "string"},
                 {"name": "SystemProperties",
                  "type": {"type": "map", "values": ["long", "double", "string", "bytes"]}},
                 {"name": "Properties",
                  "type": {"type": "map", "values": ["long", "double", "string", "bytes", "null"]}},
                 {"name": "Body", "type": ["null", "bytes"]}]}""");

  private CaptureFile() {}

  static void write(Path file, String... bodies) throws IOException {
    try (DataFileWriter<GenericRecord> avro =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(SCHEMA))
            .create(SCHEMA, file.toFile())) {
      for (int i = 0; i < bodies.length; i++) {
        GenericRecord message = new GenericData.Record(SCHEMA);
        message.put("SequenceNumber", 100L + i);
        message.put("Offset", String.valueOf(4096 * i));
        message.put("EnqueuedTimeUtc", "12/7/2018 10:22:49 PM");
        message.put("SystemProperties", Map.of());
        message.put("Properties", Map.of());
        message.put("Body", ByteBuffer.wrap(bodies[i].getBytes(UTF_8)));
        avro.append(message);
      }
    }
  }

  static void writeWithoutBody(Path file) throws IOException {
    Schema schema = SchemaBuilder.record("Other").fields().requiredString("text").endRecord();
    try (DataFileWriter<GenericRecord> avro =
        new DataFileWriter<>(new GenericDatumWriter<GenericRecord>(schema))
            .create(schema, file.toFile())) {
      GenericRecord row = new GenericData.Record(schema);
      row.put("text", "x");
      avro.append(row);
    }
  }
}
