package speed;

import common.streaming.RunningQueries.EmptyMicroBatches;
import org.apache.spark.sql.streaming.Trigger;
import speed.sink.Sink;

/** How long the queries of the speed job run. */
enum Pace {
  /** Until they are stopped, each at its sink's trigger interval. */
  follow,
  /** Until they have read all records that the topic holds at the start. */
  drain;

  Trigger trigger(Sink sink) {
    return switch (this) {
      case follow -> Trigger.ProcessingTime(sink.trigger().toMillis());
      case drain -> Trigger.AvailableNow();
    };
  }

  /**
   * Whether micro-batches without data run.
   *
   * @param updates whether windows are emitted each time that they change
   */
  EmptyMicroBatches emptyMicroBatches(boolean updates) {
    return this == follow && updates ? EmptyMicroBatches.skipped : EmptyMicroBatches.run;
  }
}
