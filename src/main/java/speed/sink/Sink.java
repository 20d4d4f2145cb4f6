package speed.sink;

import java.time.Duration;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Where a speed view is written to. Each sink of a view is a query of its own with its own
 * checkpoint and pace, so that a slow one holds up no other.
 *
 * <p>To add a sink, write its {@code Sink} in a package of its own beside {@code delta}, {@code
 * redis} and {@code cosmos}, give its settings a group below {@code speed} in {@code
 * reference.conf}, and add a constant to {@code speed.SinkKind}, whose name is its word in {@code
 * speed.sinks}. Stores without times and dates take their rows from {@link HotRows}.
 */
public interface Sink extends VoidFunction2<Dataset<Row>, Long> {

  /**
   * Upserts the windows that a micro-batch changed, each with its new values. After a kill the same
   * micro-batch may be replayed, and must then change nothing.
   *
   * @param changed rows of the view's tables; read more than once it should be persisted, for each
   *     reading would run the whole micro-batch
   */
  @Override
  void call(Dataset<Row> changed, Long batchId);

  /** How long to wait between two micro-batches. */
  Duration trigger();
}
