package batch.compute;

import static org.apache.spark.sql.functions.col;

import common.lake.LakeTable;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Commits a run's rows and record together, unless another run of the view has committed since the
 * plan was made. Delta detects only conflicts with commits made after a write starts, and would
 * miss a commit made between the plan and the write.
 */
final class BatchCommitter {
  private final View view;
  private final LakeTable table;
  private final Runs runs;

  BatchCommitter(View view, LakeTable table, Runs runs) {
    this.view = view;
    this.table = table;
    this.runs = runs;
  }

  /**
   * Replaces the planned part of the view. If there are no rows before and none after the
   * replacement, Delta makes no commit, and the run is recorded as having found nothing to commit.
   *
   * @throws ConcurrentModificationException when the run must be planned again
   */
  void commit(Dataset<Row> rows, BatchPlan plan, Run run) {
    Optional<String> planned = plan.basis().last();
    if (!runs.latest(view).map(Run::id).equals(planned)) {
      throw new ConcurrentModificationException(
          "another run was committed after this one was planned");
    }

    write(rows, plan, Runs.metadata(run));
    List<String> ids = runs.of(view).stream().map(Run::id).toList();
    if (before(ids.size(), ids).equals(planned)) {
      runs.recordIdle(run);
    } else {
      requireNothingBetween(planned, run, ids);
    }
  }

  /**
   * Checks that no other run committed after the plan and before this commit, because Delta accepts
   * concurrent commits that replace different dates.
   */
  static void requireNothingBetween(Optional<String> planned, Run committed, List<String> ids) {
    if (!before(ids.indexOf(committed.id()), ids).equals(planned)) {
      throw new ConcurrentModificationException("another run was committed just before this one");
    }
  }

  private static Optional<String> before(int index, List<String> ids) {
    return index < 1 ? Optional.empty() : Optional.of(ids.get(index - 1));
  }

  private void write(Dataset<Row> rows, BatchPlan plan, String metadata) {
    // One file per date; otherwise every task would write a file for every date.
    Dataset<Row> byDate = rows.repartition(col(View.EVENT_DATE));
    if (plan.basis().kind() == Run.Kind.rebuild && table.holdsAnotherDefinition()) {
      table.redefine(byDate, metadata);
      return;
    }

    DataFrameWriter<Row> writer =
        byDate.write().format("delta").mode("overwrite").option("userMetadata", metadata);
    plan.replacedDates()
        .map(dates -> writer.option("replaceWhere", dates.sql()))
        .orElse(writer)
        .save(table.path());
  }
}
