package batch.compute;

import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import common.event.EventSchema;
import common.lake.Lake;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Comparator;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Decides what a run computes: from what it is asked for, the last run and the master's versions.
 */
final class BatchPlanner {
  private final SparkSession spark;
  private final Lake lake;
  private final Runs runs;

  BatchPlanner(SparkSession spark, Lake lake, Runs runs) {
    this.spark = spark;
    this.lake = lake;
    this.runs = runs;
  }

  BatchPlan plan(View view, BatchRequest request) {
    String masterId = lake.master().id();
    // A run over a master that was deleted since tells nothing about the one that is there now.
    Optional<Run> latest = runs.latest(view);
    Optional<Run> last = latest.filter(run -> run.masterId().equals(masterId));
    Optional<Long> completeTo = last.flatMap(Run::completeTo);
    long masterTo = lake.master().version();

    if (request instanceof BatchRequest.Incremental && completeTo.isPresent()) {
      Optional<Map<LocalDate, Instant>> changes =
          new MasterChanges(spark, lake.master()).newestByDate(completeTo.get(), masterTo);
      if (changes.isPresent()) {
        return incremental(view, changes.get(), last.get(), masterTo);
      }
    }

    Row times =
        lake.master()
            .readAt(masterTo)
            .agg(max(EventSchema.EVENT_TIMESTAMP), min(EventSchema.EVENT_TIMESTAMP))
            .first();
    boolean days = request instanceof BatchRequest.Days;
    return new BatchPlan(
        kind(request),
        request instanceof BatchRequest.Rebuild rebuild
            ? Optional.of(rebuild.reason())
            : Optional.empty(),
        request instanceof BatchRequest.Days some
            ? Optional.of(Dates.of(some.range()))
            : Optional.empty(),
        false,
        Optional.empty(),
        masterTo,
        days ? completeTo : Optional.of(masterTo),
        Optional.ofNullable(times.isNullAt(0) ? null : times.getInstant(0)),
        Optional.ofNullable(times.isNullAt(1) ? null : times.getInstant(1)),
        latest.map(Run::id),
        lake.batchView(view).version(),
        lake.batchView(view).id(),
        masterId);
  }

  private BatchPlan incremental(
      View view, Map<LocalDate, Instant> changes, Run last, long masterTo) {
    Optional<Instant> newest =
        Stream.concat(changes.values().stream(), last.newestEvent().stream())
            .max(Comparator.naturalOrder());
    return new BatchPlan(
        Run.Kind.incremental,
        Optional.empty(),
        changes.isEmpty() ? Optional.empty() : Dates.of(changes.keySet()).ofWindows(view),
        changes.isEmpty(),
        last.completeTo(),
        masterTo,
        Optional.of(masterTo),
        newest,
        Optional.empty(),
        Optional.of(last.id()),
        last.version(),
        last.tableId(),
        last.masterId());
  }

  private static Run.Kind kind(BatchRequest request) {
    if (request instanceof BatchRequest.Days) {
      return Run.Kind.dates;
    }

    if (request instanceof BatchRequest.Incremental) {
      return Run.Kind.incremental;
    }

    return request instanceof BatchRequest.Rebuild ? Run.Kind.rebuild : Run.Kind.full;
  }
}
