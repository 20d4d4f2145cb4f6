package batch.ingest;

import java.util.Map;

/**
 * What one ingest run read.
 *
 * @param accepted events, now in the master dataset
 * @param rejections records now in the quarantine, by reason
 */
public record IngestReport(long accepted, Map<String, Long> rejections) {
  public long rejected() {
    return rejections.values().stream().mapToLong(Long::longValue).sum();
  }

  public long read() {
    return accepted + rejected();
  }
}
