package common.ops;

import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.lake.TableState;
import common.metrics.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;

/**
 * The runs of batch views. The record of a run that writes rows is user metadata of the same
 * commit, so neither exists without the other; the record is then copied to {@code ops/runs}, which
 * outlives the commit log. If a run is killed before its record is copied, the next run copies it.
 * Runs that commit nothing are recorded in {@code ops/runs} only.
 *
 * <p>Reading requires no Spark job.
 */
public final class Runs {
  private static final String VIEW = "view";

  private final Lake lake;

  public Runs(Lake lake) {
    this.lake = lake;
  }

  /** The user metadata that the run's commit carries. */
  public static String metadata(Run run) {
    return RunMetadata.of(run);
  }

  /**
   * A view's recorded runs; each list is sorted oldest first.
   *
   * @param committed the runs that {@link #of} returns
   * @param failed the view's failed runs, including failed runs of earlier tables
   */
  public record History(List<Run> committed, List<FailedRun> failed) {}

  /**
   * All runs of the view's current table, oldest first: runs in {@code ops/runs} and runs that are
   * still recorded only in the table's commits.
   */
  public List<Run> of(View view) {
    return history(view).committed();
  }

  /**
   * The runs that {@link #of} returns, and the failed runs, from a single read of {@code ops/runs}.
   */
  public History history(View view) {
    LakeTable batchView = lake.batchView(view);
    Optional<TableState> state =
        batchView.exists() ? Optional.of(batchView.state()) : Optional.empty();
    List<Row> rows = rows(view);
    List<Run> committed = new ArrayList<>();
    state.ifPresent(
        current -> {
          committed.addAll(recorded(rows, current));
          committed.addAll(committedAfter(batchView, current, committed));
        });
    List<FailedRun> failed =
        rows.stream()
            .filter(FailedRun::is)
            .map(FailedRun::of)
            .sorted(Comparator.comparing(FailedRun::startedAt))
            .toList();
    return new History(committed, failed);
  }

  /** The newest run of the view's current table. */
  public Optional<Run> latest(View view) {
    List<Run> runs = of(view);
    return runs.isEmpty() ? Optional.empty() : Optional.of(runs.get(runs.size() - 1));
  }

  /** The runs that are still recorded only in the view's commits, oldest first. */
  public List<Run> unrecorded(View view) {
    LakeTable batchView = lake.batchView(view);
    TableState state = batchView.state();
    return committedAfter(batchView, state, recorded(rows(view), state));
  }

  /** Copies to {@code ops/runs} every run that is recorded only in the view's commits. */
  public void record(View view) {
    table().create();
    Commits.retried(
        "runs of " + view.name(),
        () -> {
          for (Run run : unrecorded(view)) {
            table()
                .appendOnce(
                    List.of(run.toRow()), "run " + run.output().tableId(), run.output().version());
          }
        });
  }

  /** Records a run that found nothing to commit. */
  public void recordIdle(Run run) {
    table().create();
    table().append(List.of(run.toRow()));
  }

  /** Records a run that failed. */
  public void recordFailure(FailedRun run) {
    table().create();
    table().append(List.of(run.toRow()));
  }

  private List<Row> rows(View view) {
    return table().smallPartition(VIEW, view.name());
  }

  private static List<Run> recorded(List<Row> rows, TableState state) {
    return rows.stream()
        .filter(row -> !FailedRun.is(row))
        .map(Run::of)
        .filter(run -> run.output().tableId().equals(state.id()))
        .sorted(
            Comparator.comparingLong((Run run) -> run.output().version())
                .thenComparing(Run::startedAt)
                .thenComparing(run -> run.input().to())
                .thenComparing(Run::id))
        .toList();
  }

  private static List<Run> committedAfter(
      LakeTable batchView, TableState state, List<Run> recorded) {
    long known = recorded.isEmpty() ? -1 : recorded.get(recorded.size() - 1).output().version();
    List<Run> runs = new ArrayList<>();
    batchView
        .userMetadata(known, state.version())
        .forEach(
            (version, metadata) ->
                RunMetadata.parse(metadata)
                    .map(run -> run.committedAs(version))
                    .ifPresent(runs::add));
    return runs;
  }

  private LakeTable table() {
    return lake.table("ops/runs", Run.SCHEMA, List.of(VIEW));
  }
}
