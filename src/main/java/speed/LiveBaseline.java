package speed;

import common.lake.Baselines;
import common.metrics.Baseline;
import common.metrics.View;
import common.session.JobDescription;
import java.time.LocalDate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;

/**
 * Keeps in memory the published baselines of the days that the speed layer is evaluating. The
 * baselines are reloaded when the table changes or a day is missing.
 */
final class LiveBaseline {
  private final View view;
  private final Baselines baselines;
  private final Set<LocalDate> days = new HashSet<>();
  private String version = "";
  private Dataset<Row> kept;

  LiveBaseline(View view, Baselines baselines) {
    this.view = view;
    this.baselines = baselines;
  }

  /** Adds baselines and the resulting levels to the rows of a micro-batch for a sink. */
  void judge(Dataset<Row> changed, Consumer<Dataset<Row>> sink) {
    // The rows are read twice, and each read would run the whole micro-batch.
    Dataset<Row> rows = changed.persist();
    try {
      List<LocalDate> needed =
          JobDescription.step(
              rows.sparkSession(),
              "find the days of the baselines",
              () ->
                  rows.select(View.EVENT_DATE).distinct().as(Encoders.LOCALDATE()).collectAsList());
      sink.accept(needed.isEmpty() ? rows : Baseline.judged(rows, view, of(needed)));
    } finally {
      rows.unpersist();
    }
  }

  private Dataset<Row> of(List<LocalDate> needed) {
    String newest = baselines.version();
    if (!newest.equals(version) || !days.containsAll(needed)) {
      release();
      // The table may have been deleted while this job was running.
      baselines.create();
      kept = baselines.of(view, needed).persist();
      days.addAll(needed);
      version = newest;
    }

    return kept;
  }

  private void release() {
    if (kept != null) {
      kept.unpersist();
    }

    days.clear();
    kept = null;
  }
}
