package common.streaming;

import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.udf;

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
 * The time at which a micro-batch was planned, from the offset log, so that a micro-batch that is
 * replayed has the same.
 *
 * <p>Spark's {@code current_timestamp()} is that time too, but as a number in generated code: each
 * micro-batch would compile its hottest loops anew, first to classes and then to machine code.
 */
public final class BatchClock {
  private static final String PROPERTY = "lambda.batch-time-ms";

  private BatchClock() {}

  /** A timestamp, for queries whose sink is {@link #timed}. */
  public static Column now() {
    UDF0<Long> now = BatchClock::micros;
    return timestamp_micros(udf(now, DataTypes.LongType).asNondeterministic().apply());
  }

  /** The sink, with the time of its micro-batch known to all tasks that it starts. */
  public static VoidFunction2<Dataset<Row>, Long> timed(
      Checkpoint checkpoint, VoidFunction2<Dataset<Row>, Long> sink) {
    return (rows, batchId) -> {
      Instant planned =
          checkpoint
              .entry(batchId)
              .flatMap(OffsetLogEntry::plannedAt)
              .orElseThrow(
                  () ->
                      new IllegalStateException(
                          "Micro-batch %d is not in the offset log of %s"
                              .formatted(batchId, checkpoint.path())));
      rows.sparkSession()
          .sparkContext()
          .setLocalProperty(PROPERTY, String.valueOf(planned.toEpochMilli()));
      sink.call(rows, batchId);
    };
  }

  private static Long micros() {
    String millis = TaskContext.get().getLocalProperty(PROPERTY);
    if (millis == null) {
      throw new IllegalStateException("The micro-batch does not say when it was planned");
    }

    return TimeUnit.MILLISECONDS.toMicros(Long.parseLong(millis));
  }
}
