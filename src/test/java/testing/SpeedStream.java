package testing;

import common.metrics.View;
import common.settings.Duplicates;
import common.streaming.BatchClock;
import common.streaming.Checkpoint;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import speed.SpeedJob;

/** The speed job's query of a view, over records that a test adds. */
public final class SpeedStream {
  private SpeedStream() {}

  /** The query with the default handling of duplicates. */
  public static DataStreamWriter<Row> of(
      RecordStream stream,
      View view,
      Duration maxFutureSkew,
      Duration lateTolerance,
      Path checkpoint,
      VoidFunction2<Dataset<Row>, Long> sink) {
    return of(stream, view, maxFutureSkew, lateTolerance, Duplicates.drop, checkpoint, sink);
  }

  public static DataStreamWriter<Row> of(
      RecordStream stream,
      View view,
      Duration maxFutureSkew,
      Duration lateTolerance,
      Duplicates duplicates,
      Path checkpoint,
      VoidFunction2<Dataset<Row>, Long> sink) {
    Checkpoint kept = new Checkpoint(TestSpark.session(), checkpoint.toString());
    return SpeedJob.changes(stream.records(), view, maxFutureSkew, lateTolerance, duplicates)
        .writeStream()
        .outputMode(view.window().updatable() ? "update" : "append")
        .option("checkpointLocation", kept.path())
        .foreachBatch(BatchClock.timed(kept, sink));
  }
}
