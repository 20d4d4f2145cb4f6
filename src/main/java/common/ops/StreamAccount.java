package common.ops;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Where the records of one micro-batch went: a row of {@code ops/stream_progress}. Of a micro-batch
 * whose job was killed before it could be written, the offsets are known and the split is not.
 *
 * @param query name of the query
 * @param queryId of the checkpoint
 * @param offsets what the micro-batch took of the topic; empty for files
 * @param split empty when it is not known
 * @param watermark in force in the micro-batch; event times before it count as past
 * @param lateBefore event times up to this one were dropped as late
 */
public record StreamAccount(
    String query,
    String queryId,
    long batchId,
    Instant startedAt,
    long durationMs,
    List<OffsetRange> offsets,
    Optional<Split> split,
    Optional<Instant> watermark,
    Optional<Instant> lateBefore,
    Optional<Instant> oldestEvent,
    Optional<Instant> newestEvent,
    long stateRows) {

  /** Schema of {@code ops/stream_progress}. */
  public static final StructType SCHEMA =
      new StructType()
          .add("query", DataTypes.StringType)
          .add("query_id", DataTypes.StringType)
          .add("batch_id", DataTypes.LongType)
          .add("started_at", DataTypes.TimestampType)
          .add("duration_ms", DataTypes.LongType)
          .add("offsets", DataTypes.createArrayType(OffsetRange.SCHEMA))
          .add("spanned", DataTypes.LongType)
          .add("read", DataTypes.LongType)
          .add("counted", DataTypes.LongType)
          .add("duplicate", DataTypes.LongType)
          .add("late", DataTypes.LongType)
          .add("rejected", DataTypes.LongType)
          .add("watermark", DataTypes.TimestampType)
          .add("late_before", DataTypes.TimestampType)
          .add("oldest_event", DataTypes.TimestampType)
          .add("newest_event", DataTypes.TimestampType)
          .add("state_rows", DataTypes.LongType);

  /**
   * Records of one partition, {@code start} included and {@code end} not.
   *
   * @param latest the partition's end when the micro-batch was planned
   */
  public record OffsetRange(String topic, int partition, long start, long end, long latest) {
    static final StructType SCHEMA =
        new StructType()
            .add("topic", DataTypes.StringType)
            .add("partition", DataTypes.IntegerType)
            .add("start", DataTypes.LongType)
            .add("end", DataTypes.LongType)
            .add("latest", DataTypes.LongType);

    Row toRow() {
      return RowFactory.create(topic, partition, start, end, latest);
    }
  }

  /** Where the records went. */
  public record Split(long read, long counted, long duplicate, long late, long rejected) {
    public static final Split EMPTY = new Split(0, 0, 0, 0, 0);

    public Split plus(Split other) {
      return new Split(
          read + other.read,
          counted + other.counted,
          duplicate + other.duplicate,
          late + other.late,
          rejected + other.rejected);
    }

    /** Whether every record read went somewhere, and none twice. */
    public boolean balances() {
      return read == counted + duplicate + late + rejected;
    }
  }

  public StreamAccount {
    offsets = List.copyOf(offsets);
  }

  /** How many offsets the micro-batch took; 0 for files. */
  public long spanned() {
    return offsets.stream().mapToLong(range -> range.end() - range.start()).sum();
  }

  /**
   * Offsets without a record: expired unread, removed by the topic's compaction, or the marks of
   * transactions.
   */
  public long missing() {
    return offsets.isEmpty() || split.isEmpty() ? 0 : Math.max(0, spanned() - split.get().read());
  }

  Row toRow() {
    return RowFactory.create(
        query,
        queryId,
        batchId,
        startedAt,
        durationMs,
        CollectionConverters.asScala(offsets.stream().map(OffsetRange::toRow).toList()).toSeq(),
        offsets.isEmpty() ? null : spanned(),
        split.map(Split::read).orElse(null),
        split.map(Split::counted).orElse(null),
        split.map(Split::duplicate).orElse(null),
        split.map(Split::late).orElse(null),
        split.map(Split::rejected).orElse(null),
        watermark.orElse(null),
        lateBefore.orElse(null),
        oldestEvent.orElse(null),
        newestEvent.orElse(null),
        stateRows);
  }
}
