package batch.compute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;

import common.event.FirstArrivals;
import common.metrics.Baseline;
import common.metrics.Dates;
import common.metrics.Metrics;
import common.metrics.View;
import common.ops.Run;
import common.session.JobDescription;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;

/**
 * Computes the rows of a plan from the master dataset, and caches the rows until closed.
 *
 * <p>Most events have no duplicates. Possible duplicates are found by shuffling only hashes, and
 * only possible duplicates are sorted by arrival; all other events are aggregated directly.
 */
final class BatchComputation implements AutoCloseable {
  private final View view;
  private final Optional<Dates> dates;
  private final List<Dataset<Row>> kept = new ArrayList<>();
  private final Dataset<Row> records;
  private Optional<Dataset<Row>> ranked = Optional.empty();
  private Dataset<Row> rows;

  private BatchComputation(View view, Dataset<Row> master, Optional<Dates> dates) {
    this.view = view;
    this.dates = dates;
    this.records =
        dates
            .flatMap(days -> days.ofEvents(view))
            .map(days -> master.where(days.holds()))
            .orElse(master);
  }

  /**
   * Finds the duplicates, and sets up the aggregation of the remaining events.
   *
   * @param master rows of {@link common.event.EventSchema#MASTER}
   * @param dates days whose windows to compute; empty for all
   * @param computedAt the value of {@code computed_at} in the rows
   */
  static BatchComputation of(
      View view, Dataset<Row> master, Optional<Dates> dates, Instant computedAt) {
    BatchComputation computation = new BatchComputation(view, master, dates);
    try {
      computation.prepare(computedAt);
      return computation;
    } catch (RuntimeException failed) {
      computation.close();
      throw failed;
    }
  }

  private void prepare(Instant computedAt) {
    Dataset<Row> repeated = keep(FirstArrivals.repeated(records));
    boolean hasDuplicates =
        JobDescription.step(records.sparkSession(), "find duplicates", () -> repeated.count() > 0);
    Dataset<Row> events = FirstArrivals.events(records);
    if (hasDuplicates) {
      Dataset<Row> suspects = FirstArrivals.suspects(records, repeated);
      ranked = Optional.of(keep(FirstArrivals.ranked(suspects)));
      events = FirstArrivals.unique(records, repeated).union(FirstArrivals.first(ranked.get()));
    }

    rows = keep(Metrics.aggregate(events, view).withColumn(View.COMPUTED_AT, lit(computedAt)));
  }

  /** Adds the baselines and the resulting levels to the rows. */
  void judgeBy(Dataset<Row> baselines) {
    rows = keep(Baseline.judged(rows, view, baselines));
  }

  /** The rows of the requested days. */
  Dataset<Row> wanted() {
    return dates.map(days -> rows.where(days.holds())).orElse(rows);
  }

  /** All computed rows, including windows of neighbouring days, which may lack events. */
  Dataset<Row> computed() {
    return rows;
  }

  Run.Counts counts() {
    Row all = countAndUncovered(records);
    Optional<Row> later = ranked.map(FirstArrivals::later).map(this::countAndUncovered);
    long duplicates = later.map(row -> row.getLong(0)).orElse(0L);
    Column[] nulls =
        view.measureNames().stream()
            .map(name -> count_if(col(name).isNull()).as(name))
            .toArray(Column[]::new);
    Row written = wanted().agg(count(lit(1)), nulls).first();
    Map<String, Long> nullsByMeasure = new TreeMap<>();
    view.measureNames().forEach(name -> nullsByMeasure.put(name, written.<Long>getAs(name)));
    return new Run.Counts(
        all.getLong(0) - duplicates,
        duplicates,
        all.getLong(1) - later.map(row -> row.getLong(1)).orElse(0L),
        written.getLong(0),
        nullsByMeasure);
  }

  private Row countAndUncovered(Dataset<Row> dataset) {
    return dataset.agg(count(lit(1)), count_if(view.covers().unary_$bang())).first();
  }

  private Dataset<Row> keep(Dataset<Row> dataset) {
    kept.add(dataset);
    return dataset.persist(StorageLevel.MEMORY_AND_DISK());
  }

  @Override
  public void close() {
    kept.forEach(Dataset::unpersist);
  }
}
