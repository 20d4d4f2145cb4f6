package speed.sink;

import java.time.Duration;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * A store that a speed view is written to. Each sink of a view is a separate query with its own
 * checkpoint and trigger interval, so a slow sink does not delay the others.
 *
 * <p>To add a sink, implement this interface in a new package beside {@code delta}, {@code redis}
 * and {@code cosmos}, add a group for its settings under {@code speed} in {@code reference.conf},
 * and add a constant to {@code speed.SinkKind}; {@code speed.sinks} refers to it by name. {@code
 * CONTRIBUTING.md} lists every file. Stores without timestamp and date types get their rows from
 * {@link HotRows}.
 */
public interface Sink extends VoidFunction2<Dataset<Row>, Long>, AutoCloseable {

  /**
   * Upserts the windows that a micro-batch changed, with their new values. Must be idempotent:
   * after a kill the same micro-batch may be replayed.
   *
   * @param changed rows with the schema of the view's tables; persist them before reading them more
   *     than once, because each read runs the whole micro-batch
   */
  @Override
  void call(Dataset<Row> changed, Long batchId);

  /** When a sink receives a window. */
  enum Emission {
    /** Whenever its values change; session windows once, when they are closed. */
    changed,
    /** Once, when the watermark closes the window. */
    closed
  }

  default Emission emission() {
    return Emission.changed;
  }

  /**
   * Interval between the starts of micro-batches; zero starts each as soon as the previous one is
   * done.
   */
  Duration trigger();

  /** Called once the query has ended. */
  @Override
  default void close() {}
}
