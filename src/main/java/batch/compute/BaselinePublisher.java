package batch.compute;

import static org.apache.spark.sql.functions.not;

import common.lake.Baselines;
import common.lake.LakeTable;
import common.metrics.Baseline;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes the missing baselines of a view: the baselines for the rows of a run, and the baselines
 * for the days that the speed layer evaluates next. A rebuild republishes all baselines.
 */
record BaselinePublisher(View view, Baselines baselines, Baseline.History history, Clock clock) {
  private static final Logger LOG = LoggerFactory.getLogger(BaselinePublisher.class);

  /**
   * Publishes the baselines that a run needs, before the run commits its rows: if the run is killed
   * in between, the next run uses the same baselines.
   *
   * @param computed the rows of the run
   * @param table the batch view before the run
   * @return the baselines for the days of the computed rows
   */
  Dataset<Row> publish(
      BatchPlan plan, Optional<Instant> boundary, Dataset<Row> computed, LakeTable table) {
    Set<LocalDate> days =
        computed
            .select(View.EVENT_DATE)
            .distinct()
            .as(Encoders.LOCALDATE())
            .collectAsList()
            .stream()
            .collect(Collectors.toCollection(TreeSet::new));
    Set<LocalDate> valid = new TreeSet<>(days);
    next(boundary).forEach(valid::add);
    Dataset<Row> rows =
        plan.replacedDates()
            .map(dates -> computed.unionByName(kept(table, dates)))
            .orElse(computed);
    baselines.create();
    if (plan.basis().kind() == Run.Kind.rebuild) {
      if (!valid.isEmpty()) {
        baselines.replace(view, Baseline.of(rows, view, valid, history), valid, clock.instant());
      }
    } else {
      publishMissing(valid, rows);
    }

    return baselines.of(view, days);
  }

  private static Dataset<Row> kept(LakeTable table, Dates replaced) {
    return table.read().where(not(replaced.holds()));
  }

  /**
   * Publishes the baselines for the days that the speed layer evaluates next.
   *
   * @param rows the batch view
   */
  void publishNext(Optional<Instant> boundary, Dataset<Row> rows) {
    if (!view.baselineMeasures().isEmpty()) {
      baselines.create();
      publishMissing(next(boundary).toList(), rows);
    }
  }

  /** The day that the batch view has reached, and the day after it. */
  private static Stream<LocalDate> next(Optional<Instant> boundary) {
    return boundary.map(at -> LocalDate.ofInstant(at, ZoneOffset.UTC)).stream()
        .flatMap(day -> Stream.of(day, day.plusDays(1)));
  }

  private void publishMissing(Collection<LocalDate> valid, Dataset<Row> rows) {
    Set<LocalDate> missing = new TreeSet<>(valid);
    missing.removeAll(baselines.published(view));
    if (!missing.isEmpty()) {
      LOG.info("batch: publishing the baselines of {} for {}", view.name(), missing);
      baselines.publish(view, Baseline.of(rows, view, missing, history), missing, clock.instant());
    }
  }
}
