package batch.ingest;

import java.util.Map;

/**
 * The record counts of one ingest run.
 *
 * @param accepted number of events added to the master dataset
 * @param rejections number of records added to the quarantine, by reason
 */
public record IngestReport(long accepted, Map<String, Long> rejections) {
  public long rejected() {
    return rejections.values().stream().mapToLong(Long::longValue).sum();
  }

  public long read() {
    return accepted + rejected();
  }
}
