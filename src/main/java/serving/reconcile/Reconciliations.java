package serving.reconcile;

import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import java.util.Comparator;
import java.util.List;

/**
 * The results of all reconciliations, {@code ops/reconciliation}: one row per run of {@code
 * reconcile}. The table is small, and is read and written on the driver, without a Spark job.
 */
public final class Reconciliations {
  private static final String VIEW = "view";

  private final LakeTable table;

  public Reconciliations(Lake lake) {
    this.table = lake.table("ops/reconciliation", Reconciliation.SCHEMA, List.of(VIEW));
  }

  /** A view's results, newest first. */
  public List<Reconciliation> of(View view) {
    return table.smallPartition(VIEW, view.name()).stream()
        .map(Reconciliation::of)
        .sorted(Comparator.comparing(Reconciliation::at).reversed())
        .toList();
  }

  public void append(Reconciliation result) {
    table.create();
    table.append(List.of(result.toRow()));
  }
}
