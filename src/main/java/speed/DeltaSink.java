package speed;

import static java.util.stream.Collectors.joining;

import common.lake.Commits;
import common.lake.LakeTable;
import common.metrics.View;
import io.delta.tables.DeltaTable;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/**
 * Upserts windows into the speed view's Delta table by keys and window start. A replayed
 * micro-batch writes the rows that are there already.
 */
final class DeltaSink implements Sink {
  private final View view;
  private final transient LakeTable table;
  private final Duration trigger;

  DeltaSink(View view, LakeTable table, Duration trigger) {
    this.view = view;
    this.table = table;
    this.trigger = trigger;
  }

  @Override
  public Duration trigger() {
    return trigger;
  }

  @Override
  public void call(Dataset<Row> changed, Long batchId) {
    // The merge reads its source twice, and each reading would run the whole micro-batch.
    changed.persist();
    try {
      List<String> dates =
          changed
              .select(View.EVENT_DATE)
              .distinct()
              .as(Encoders.LOCALDATE())
              .collectAsList()
              .stream()
              .map(date -> "DATE'" + date + "'")
              .sorted()
              .toList();
      if (!dates.isEmpty()) {
        Commits.retried("speed " + view.name(), () -> upsert(changed, dates));
      }
    } finally {
      changed.unpersist();
    }
  }

  /** Literal dates let Delta rewrite, and lock, those partitions alone. */
  private void upsert(Dataset<Row> changed, List<String> dates) {
    // A rebuild may have given the table another definition while this job ran.
    table.requireFit();
    String sameRow =
        Stream.concat(view.keys().stream(), Stream.of(View.EVENT_DATE, View.WINDOW_START))
            .map(column -> "kept.%1$s = changed.%1$s".formatted(column))
            .collect(joining(" AND "));
    String sameDates = "kept.%s IN (%s)".formatted(View.EVENT_DATE, String.join(", ", dates));
    DeltaTable.forPath(changed.sparkSession(), table.path())
        .as("kept")
        .merge(changed.as("changed"), sameDates + " AND " + sameRow)
        .whenMatched()
        .updateAll()
        .whenNotMatched()
        .insertAll()
        .execute();
  }
}
