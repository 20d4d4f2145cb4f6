package speed.sink;

import java.time.Duration;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Where a speed view is kept. Each sink of a view is a query of its own with its own checkpoint and
 * pace, so that a slow one holds up no other.
 *
 * <p>To add a sink, write its {@code Sink} in a package of its own below this one, and add a
 * constant to {@code speed.SinkKind}, whose name is its word in {@code speed.sinks}.
 */
public interface Sink extends VoidFunction2<Dataset<Row>, Long> {

  /**
   * Takes the windows that a micro-batch changed, each with its new values. The same micro-batch
   * may come again after a kill and must then change nothing.
   */
  @Override
  void call(Dataset<Row> changed, Long batchId);

  /** How long to wait between two micro-batches. */
  Duration trigger();
}
