package common.alerts;

import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code ops/alerts}: every change of every alert, append-only; each row is an {@link Alert}. The
 * table is read and written on the driver, without a Spark job.
 */
public final class AlertLog {
  private static final String VIEW = "view";

  private final LakeTable table;

  public AlertLog(Lake lake) {
    this.table = lake.table("ops/alerts", Alert.SCHEMA, List.of(VIEW));
  }

  /** Creates the table if it is missing. */
  public void create() {
    table.create();
  }

  public boolean exists() {
    return table.exists();
  }

  /** All revisions of a view's alerts, oldest first; empty if the table does not exist. */
  public List<Alert> revisions(View view) {
    return table.smallPartition(VIEW, view.name()).stream()
        .map(Alert::of)
        .sorted(Comparator.comparing(Alert::changedAt).thenComparing(Alert::revision))
        .toList();
  }

  /** The current state of a view's alerts, in the order of the windows in which they began. */
  public List<Alert> current(View view) {
    return current(revisions(view));
  }

  /**
   * The newest revision of each alert, in the order of the windows in which they began.
   *
   * @param revisions in the order in which they were created
   */
  public static List<Alert> current(List<Alert> revisions) {
    Map<String, Alert> newest = new LinkedHashMap<>();
    for (Alert alert : revisions) {
      newest.merge(alert.id(), alert, Alert::then);
    }

    return newest.values().stream()
        .sorted(Comparator.comparing((Alert alert) -> alert.since().start()))
        .toList();
  }

  /** Appends revisions; commits nothing if there are none. */
  public void append(List<Alert> revisions) {
    if (!revisions.isEmpty()) {
      Commits.retried("alerts", () -> table.append(revisions.stream().map(Alert::toRow).toList()));
    }
  }

  /**
   * Appends the revisions of a micro-batch, at most once even if it is replayed.
   *
   * @param writer identifies the query
   */
  public void append(List<Alert> revisions, String writer, long batchId) {
    if (!revisions.isEmpty()) {
      Commits.retried(
          "alerts",
          () -> table.appendOnce(revisions.stream().map(Alert::toRow).toList(), writer, batchId));
    }
  }

  /** The newest micro-batch of a query that appended revisions; empty if none did. */
  public Optional<Long> lastBatch(String writer) {
    return table.lastAppend(writer);
  }
}
