package batch.ingest;

import static org.apache.spark.sql.functions.udf;

import common.event.Rejection;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.util.LongAccumulator;

/**
 * Counts the rows being written to a table: events, and rejected records by reason. The counts are
 * complete once the job that writes the rows has succeeded. Accumulators are used because Spark
 * delivers an {@code Observation} through a listener, and not at all if Delta skips a write.
 */
final class Tally implements UDF1<String, Boolean> {
  private final LongAccumulator events;
  private final Map<String, LongAccumulator> rejected = new TreeMap<>();

  Tally(SparkContext context) {
    this.events = context.longAccumulator();
    for (Rejection rejection : Rejection.values()) {
      rejected.put(rejection.code(), context.longAccumulator());
    }
  }

  /**
   * The same rows, counted whenever a job evaluates them.
   *
   * @param reason why a row is rejected; null for events
   */
  Dataset<Row> over(Dataset<Row> rows, Column reason) {
    return rows.where(udf(this, DataTypes.BooleanType).asNondeterministic().apply(reason));
  }

  @Override
  public Boolean call(String reason) {
    (reason == null ? events : rejected.get(reason)).add(1);
    return true;
  }

  long events() {
    return events.value();
  }

  /** The number of rejected records by reason, without reasons that did not occur. */
  Map<String, Long> rejected() {
    Map<String, Long> counts = new TreeMap<>();
    rejected.forEach((reason, count) -> counts.put(reason, count.value()));
    counts.values().removeIf(count -> count == 0);
    return counts;
  }

  long total() {
    return events() + rejected.values().stream().mapToLong(LongAccumulator::value).sum();
  }
}
