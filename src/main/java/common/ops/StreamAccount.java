package common.ops;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The outcome of the records of one micro-batch: a row of {@code ops/stream_progress}. If the job
 * was killed before writing the row, only the offsets are known.
 *
 * @param query name of the query
 * @param queryId query id in the checkpoint
 * @param offsets offset ranges that the micro-batch read from the topic; empty for files
 * @param split empty when unknown
 * @param watermark watermark in effect in the micro-batch; no further events before this time are
 *     expected
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
    Observed observed,
    State state) {

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
          .add("state_rows", DataTypes.LongType)
          .add("oldest_record", DataTypes.TimestampType)
          .add("out_of_order", DataTypes.LongType)
          .add("state_bytes", DataTypes.LongType);

  /**
   * Records of one partition, from {@code start} (inclusive) to {@code end} (exclusive).
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

  /**
   * The streaming state after the micro-batch.
   *
   * @param rows event ids and open windows
   * @param bytes memory that the rows use
   */
  public record State(long rows, long bytes) {
    public static final State EMPTY = new State(0, 0);
  }

  /** The number of records per outcome. */
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

    /** Whether every record read has exactly one outcome. */
    public boolean balances() {
      return read == counted + duplicate + late + rejected;
    }
  }

  /**
   * A query's observations of a micro-batch's records.
   *
   * @param oldestEvent oldest event time that was counted
   * @param oldestRecord time of the oldest record, as given by the topic
   * @param outOfOrder records more than half of {@code speed.late-tolerance} behind the newest
   *     event of earlier micro-batches; empty for ingest
   */
  public record Observed(
      Optional<Instant> oldestEvent,
      Optional<Instant> newestEvent,
      Optional<Instant> oldestRecord,
      Optional<Long> outOfOrder) {
    public static final Observed NOTHING =
        new Observed(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());
  }

  public StreamAccount {
    offsets = List.copyOf(offsets);
  }

  /** How many offsets the micro-batch spans; 0 for files. */
  public long spanned() {
    return offsets.stream().mapToLong(range -> range.end() - range.start()).sum();
  }

  /**
   * Offsets without a record: expired unread, removed by log compaction, or transaction markers.
   */
  public long missing() {
    return offsets.isEmpty() || split.isEmpty() ? 0 : Math.max(0, spanned() - split.get().read());
  }

  /** How many records of the topic the micro-batch left unread; empty for files. */
  public Optional<Long> backlog() {
    return offsets.isEmpty()
        ? Optional.empty()
        : Optional.of(offsets.stream().mapToLong(range -> range.latest() - range.end()).sum());
  }

  /** Time from the oldest record to the end of the micro-batch. */
  public Optional<Duration> latency() {
    return observed
        .oldestRecord()
        .map(oldest -> Duration.between(oldest, startedAt.plusMillis(durationMs)));
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
        observed.oldestEvent().orElse(null),
        observed.newestEvent().orElse(null),
        state.rows(),
        observed.oldestRecord().orElse(null),
        observed.outOfOrder().orElse(null),
        state.bytes());
  }
}
