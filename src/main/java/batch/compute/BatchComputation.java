package batch.compute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;

import common.event.FirstArrivals;
import common.metrics.Dates;
import common.metrics.Metrics;
import common.metrics.View;
import common.ops.Run;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/** The rows that a plan asks for, computed from the master; kept until it is closed. */
final class BatchComputation implements AutoCloseable {
  private final View view;
  private final Optional<Dates> dates;
  private final Dataset<Row> records;
  private final Dataset<Row> events;
  private final Dataset<Row> rows;

  /**
   * Prepares the computation.
   *
   * @param master rows of {@link common.event.EventSchema#MASTER}
   * @param dates days whose windows are wanted; empty for all
   * @param computedAt what the rows say of it
   */
  BatchComputation(View view, Dataset<Row> master, Optional<Dates> dates, Instant computedAt) {
    this.view = view;
    this.dates = dates;
    this.records =
        dates
            .flatMap(days -> days.ofEvents(view))
            .map(days -> master.where(days.holds()))
            .orElse(master);
    this.events = FirstArrivals.of(records).persist(StorageLevel.MEMORY_AND_DISK());
    this.rows =
        Metrics.aggregate(events, view)
            .withColumn(View.COMPUTED_AT, lit(computedAt))
            .persist(StorageLevel.MEMORY_AND_DISK());
  }

  /** The wanted rows. */
  Dataset<Row> wanted() {
    return dates.map(days -> rows.where(days.holds())).orElse(rows);
  }

  /** All that was computed: windows of neighbouring days too, which may lack events. */
  Dataset<Row> computed() {
    return rows;
  }

  Run.Counts counts() {
    Row read = events.agg(count(lit(1)), count_if(view.covers().unary_$bang())).first();
    Column[] nulls =
        view.measureNames().stream()
            .map(name -> count_if(col(name).isNull()).as(name))
            .toArray(Column[]::new);
    Row written = wanted().agg(count(lit(1)), nulls).first();
    Map<String, Long> nullsByMeasure = new TreeMap<>();
    view.measureNames().forEach(name -> nullsByMeasure.put(name, written.<Long>getAs(name)));
    return new Run.Counts(
        read.getLong(0),
        records.count() - read.getLong(0),
        read.getLong(1),
        written.getLong(0),
        nullsByMeasure);
  }

  @Override
  public void close() {
    rows.unpersist();
    events.unpersist();
  }
}
