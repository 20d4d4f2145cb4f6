package common.streaming;

import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.udf;

import common.ErrorCode;
import common.Failure;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF0;
import org.apache.spark.sql.types.DataTypes;

/**
 * The time at which a micro-batch was planned, from the offset log: a replay sees the same time.
 *
 * <p>{@code current_timestamp()} gives the same time, but as a literal in generated code: each
 * micro-batch would recompile its hottest loops.
 */
public final class BatchClock {
  private static final String PROPERTY = "lambda.batch-time-ms";

  private BatchClock() {}

  /** The time as a timestamp, for queries whose sink is {@link #timed}. */
  public static Column now() {
    UDF0<Long> now = BatchClock::micros;
    return timestamp_micros(udf(now, DataTypes.LongType).asNondeterministic().apply());
  }

  /** The sink, with the time of its micro-batch available to all tasks that it starts. */
  public static VoidFunction2<Dataset<Row>, Long> timed(
      Checkpoint checkpoint, VoidFunction2<Dataset<Row>, Long> sink) {
    return (rows, batchId) -> {
      Instant planned =
          checkpoint
              .entry(batchId)
              .flatMap(OffsetLogEntry::plannedAt)
              .orElseThrow(
                  () ->
                      new Failure(
                          ErrorCode.CHECKPOINT_UNREADABLE,
                          "Cannot read batchTimestampMs of micro-batch %d in %s/offsets: restore the checkpoint, or move it away to start over"
                              .formatted(batchId, checkpoint.path())));
      rows.sparkSession()
          .sparkContext()
          .setLocalProperty(PROPERTY, String.valueOf(planned.toEpochMilli()));
      sink.call(rows, batchId);
    };
  }

  private static Long micros() {
    TaskContext task = TaskContext.get();
    String millis = task == null ? null : task.getLocalProperty(PROPERTY);
    if (millis == null) {
      throw new IllegalStateException(
          "No batch time: the sink must be wrapped in BatchClock.timed");
    }

    return TimeUnit.MILLISECONDS.toMicros(Long.parseLong(millis));
  }
}
