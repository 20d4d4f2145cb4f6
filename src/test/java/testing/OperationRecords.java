package testing;

import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.KeyAlerts;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import common.ops.StreamAccount;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import serving.reconcile.Reconciliation;
import serving.reconcile.Reconciliations;

/**
 * Ledger entries, reconciliations, runs and alerts for device_metrics, written directly to their
 * tables.
 */
public record OperationRecords(TestLake lake) {

  public View view() {
    return lake.view("device_metrics");
  }

  /** A micro-batch of the Delta sink. */
  public StreamAccount speed(Instant at, Split split, long outOfOrder) {
    return account(
        StreamProgress.speedQuery(view(), "delta"),
        at,
        10,
        Optional.of(split),
        Optional.of(outOfOrder));
  }

  /** A micro-batch of the Delta sink whose job was killed. */
  public StreamAccount killed(Instant at, long offsets) {
    return account(
        StreamProgress.speedQuery(view(), "delta"),
        at,
        offsets,
        Optional.empty(),
        Optional.empty());
  }

  /** A micro-batch of another query. */
  public StreamAccount of(String query, Instant at, Split split) {
    return account(query, at, 10, Optional.of(split), Optional.empty());
  }

  private static StreamAccount account(
      String query, Instant at, long offsets, Optional<Split> split, Optional<Long> outOfOrder) {
    return new StreamAccount(
        query,
        "id",
        0,
        at,
        100,
        List.of(new StreamAccount.OffsetRange("events", 0, 0, offsets, offsets)),
        split,
        Optional.empty(),
        Optional.empty(),
        new StreamAccount.Observed(
            Optional.empty(), Optional.empty(), Optional.empty(), outOfOrder),
        StreamAccount.State.EMPTY);
  }

  /** Appends micro-batches in one commit. */
  public void ledger(StreamAccount... accounts) {
    new StreamProgress(lake.spark(), lake.lake()).append(List.of(accounts));
  }

  /**
   * Records a reconciliation of 100 windows, of which 3 differ with a known cause and {@code
   * unexplained} more without one.
   */
  public void reconciliation(Instant at, long unexplained) {
    new Reconciliations(lake.lake())
        .append(
            new Reconciliation(
                view().name(),
                at,
                LayeredRows.time("08:00"),
                LayeredRows.time("10:00"),
                100,
                97 - unexplained,
                0,
                1,
                2 + unexplained,
                unexplained,
                Map.of("late beyond the watermark", 3L),
                0.015,
                List.of(new Reconciliation.Difference("avg_temperature", 1e-9, 2, 0, 0.25, 0.5))));
  }

  /** Records a run that committed nothing; it belongs to the view's current table. */
  public void run(String reason) {
    new Runs(lake.lake()).record(view());
    new Runs(lake.lake())
        .recordIdle(
            new Run(
                "id",
                view().name(),
                Run.Kind.rebuild,
                Optional.of(reason),
                new Run.Input("m", Optional.empty(), 4, Optional.empty(), Optional.empty()),
                new Run.Counts(1_234, 5, 0, 678, Map.of()),
                new Run.Output(
                    lake.lake().batchView(view()).state().id(),
                    0,
                    Optional.empty(),
                    view().definition(),
                    Optional.empty(),
                    Optional.of(LayeredRows.time("10:02"))),
                LayeredRows.time("11:00"),
                9_500,
                0));
  }

  /** An alert that is firing. */
  public void alert(Instant start) {
    AlertLog log = new AlertLog(lake.lake());
    log.create();
    log.append(
        new KeyAlerts(AlertRule.of(view()), List.of())
            .judge(JudgedRows.of(start, "HIGH_TEMP", 91.5), Instant.now()));
  }
}
