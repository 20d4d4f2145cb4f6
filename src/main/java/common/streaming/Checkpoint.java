package common.streaming;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/**
 * Spark's data in the checkpoint of a streaming query: the query id, the planned micro-batches (the
 * offset log) and the completed micro-batches. {@link CheckpointLease} records which job owns the
 * checkpoint; {@link CheckpointBinding} records the topic and the table of the query.
 */
public final class Checkpoint {
  /**
   * Local property that Spark sets on the thread of a query: the query id. A new checkpoint gets a
   * new id.
   */
  public static final String QUERY_ID = "sql.streaming.queryId";

  private final CheckpointFiles files;

  public Checkpoint(SparkSession spark, String path) {
    this.files = new CheckpointFiles(spark, path);
  }

  public String path() {
    return files.folder();
  }

  CheckpointFiles files() {
    return files;
  }

  /** The id that Spark gave the query; empty before its first start. */
  Optional<String> queryId() {
    return files.read("metadata").map(text -> Json.parse(text).get("id").asText());
  }

  /** The newest completed micro-batch. */
  Optional<Long> lastCommitted() {
    return files.numbered("commits").max().stream().boxed().findFirst();
  }

  /**
   * Micro-batches between the two ids, both inclusive, that the offset log still holds, in order.
   */
  List<PlannedBatch> planned(long from, long to) {
    return files
        .numbered("offsets")
        .filter(id -> id >= from && id <= to)
        .sorted()
        .mapToObj(this::planned)
        .toList();
  }

  PlannedBatch planned(long batchId) {
    boolean first = batchId == 0;
    return new PlannedBatch(
        batchId,
        entry(batchId),
        first ? Optional.empty() : entry(batchId - 1),
        first ? initialOffsets() : Optional.empty());
  }

  Optional<OffsetLogEntry> entry(long batchId) {
    return files.read("offsets/" + batchId).map(OffsetLogEntry::parse);
  }

  /** Spark writes a version before the JSON. */
  private Optional<TopicOffsets> initialOffsets() {
    return files
        .read("sources/0/0")
        .filter(text -> text.contains("{"))
        .flatMap(text -> TopicOffsets.parse(text.substring(text.indexOf('{'))));
  }
}
