package common.settings;

import java.time.Duration;

/** The section {@code ingest}. */
public record IngestSettings(int maxFilesPerBatch, long maxRecordsPerBatch, Duration trigger) {
  static IngestSettings read(Section ingest) {
    return new IngestSettings(
        ingest.number("max-files-per-batch"),
        ingest.largeNumber("max-records-per-batch"),
        ingest.positive("trigger"));
  }
}
