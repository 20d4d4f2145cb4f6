package common.streaming;

import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.udf;

import common.ErrorCode;
import common.Failure;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF0;
import org.apache.spark.sql.types.DataTypes;

/**
 * The planning time and the lateness limit of a micro-batch, read from the offset log so that a
 * replay sees the same values.
 *
 * <p>{@code current_timestamp()} also returns the planning time, but as a literal in generated
 * code: each micro-batch would recompile its hottest loops.
 */
public final class BatchClock {
  private static final String PLANNED_AT = "lambda.batch-time-ms";
  private static final String LATE_BEFORE = "lambda.batch-late-before-ms";

  private BatchClock() {}

  /** When the micro-batch was planned, as a timestamp, for queries whose sink is {@link #timed}. */
  public static Column now() {
    return timestamp_micros(micros(PLANNED_AT));
  }

  /**
   * Whether an event time is late according to the watermark that Spark's stateful operators apply
   * in the micro-batch: the watermark of the previous micro-batch. For queries whose sink is {@link
   * #timed}.
   *
   * @param eventTime a timestamp
   */
  public static Column late(Column eventTime) {
    return lateWithin(eventTime, Duration.ZERO);
  }

  /** Whether an event time is late, or would be if the tolerance were shorter by the margin. */
  public static Column lateWithin(Column eventTime, Duration margin) {
    Column before = micros(LATE_BEFORE).plus(TimeUnit.MILLISECONDS.toMicros(margin.toMillis()));
    return eventTime.leq(timestamp_micros(before));
  }

  private static Column micros(String property) {
    return udf(new TaskTime(property), DataTypes.LongType).asNondeterministic().apply();
  }

  /** Wraps the sink so that all of its tasks can read the times of the micro-batch. */
  public static VoidFunction2<Dataset<Row>, Long> timed(
      Checkpoint checkpoint, VoidFunction2<Dataset<Row>, Long> sink) {
    return new Timed(checkpoint, sink);
  }

  private static final class Timed implements VoidFunction2<Dataset<Row>, Long> {
    private final transient Checkpoint checkpoint;
    private final VoidFunction2<Dataset<Row>, Long> sink;

    /** The newest entry read, which the next micro-batch needs as well. */
    private transient Map.Entry<Long, Optional<OffsetLogEntry>> newest =
        Map.entry(-1L, Optional.empty());

    Timed(Checkpoint checkpoint, VoidFunction2<Dataset<Row>, Long> sink) {
      this.checkpoint = checkpoint;
      this.sink = sink;
    }

    @Override
    public void call(Dataset<Row> rows, Long batchId) throws Exception {
      Instant lateBefore =
          batchId == 0
              ? Instant.EPOCH
              : entry(batchId - 1)
                  .orElseThrow(() -> unreadable(batchId - 1))
                  .watermark()
                  .orElse(Instant.EPOCH);
      Instant planned =
          entry(batchId).flatMap(OffsetLogEntry::plannedAt).orElseThrow(() -> unreadable(batchId));
      SparkContext context = rows.sparkSession().sparkContext();
      context.setLocalProperty(PLANNED_AT, String.valueOf(planned.toEpochMilli()));
      context.setLocalProperty(LATE_BEFORE, String.valueOf(lateBefore.toEpochMilli()));
      sink.call(rows, batchId);
    }

    private Failure unreadable(long batchId) {
      return new Failure(
          ErrorCode.CHECKPOINT_UNREADABLE,
          "Cannot read batchTimestampMs of micro-batch %d in %s/offsets: restore the checkpoint, or move it away to start over"
              .formatted(batchId, checkpoint.path()));
    }

    private Optional<OffsetLogEntry> entry(long batchId) {
      if (newest.getKey() != batchId) {
        newest = Map.entry(batchId, checkpoint.entry(batchId));
      }

      return newest.getValue();
    }
  }

  /** A time that the driver set for a task; looked up once per task. */
  private static final class TaskTime implements UDF0<Long> {
    private final String property;
    private transient Known known;

    TaskTime(String property) {
      this.property = property;
    }

    @Override
    public Long call() {
      TaskContext task = TaskContext.get();
      Known found = known;
      if (found == null || found.task != task) {
        found = new Known(task, micros(task));
        known = found;
      }

      return found.micros;
    }

    private long micros(TaskContext task) {
      String millis = task == null ? null : task.getLocalProperty(property);
      if (millis == null) {
        throw new IllegalStateException(
            "No batch time: the sink must be wrapped in BatchClock.timed");
      }

      return TimeUnit.MILLISECONDS.toMicros(Long.parseLong(millis));
    }

    private record Known(TaskContext task, Long micros) {}
  }
}
