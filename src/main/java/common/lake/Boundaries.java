package common.lake;

import static org.apache.spark.sql.functions.col;

import common.metrics.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/**
 * The published boundary of each view: windows that start before it are answered by the batch view.
 * A publication is one atomic replacement.
 *
 * <p>An SQL statement over the unified view opens the tables in an order of its engine's own, so it
 * could meet a boundary that is newer than the batch rows it sees. Therefore a boundary that moved
 * forward counts there only once it has been out for {@code serving.settle}; one that moved back
 * counts at once. A boundary that is too old is never wrong: speed rows, and batch rows where there
 * are none, stand for the windows behind it.
 */
public final class Boundaries {
  private final SparkSession spark;
  private final Lake lake;

  public Boundaries(SparkSession spark, Lake lake) {
    this.spark = spark;
    this.lake = lake;
  }

  /** Who moved it. */
  public enum Origin {
    batch,
    manual,
    restore
  }

  /**
   * A publication.
   *
   * @param boundary a window's start
   * @param previous what it was until then, for whoever does not count on this one yet
   */
  private record Publication(Instant boundary, Instant at, Optional<Instant> previous) {
    Optional<Instant> settledAt(Instant now, Duration settle) {
      boolean settled = !at.isAfter(now.minus(settle));
      boolean backward = previous.isPresent() && boundary.isBefore(previous.get());
      return settled || backward ? Optional.of(boundary) : previous;
    }
  }

  /**
   * The start of the first window that the batch view does not answer for; empty before any run.
   */
  public Optional<Instant> current(View view) {
    return newest(view).map(Publication::boundary);
  }

  /** What every reader counts on, also one that began a while ago. */
  public Optional<Instant> settled(View view, Instant now, Duration settle) {
    return newest(view).flatMap(publication -> publication.settledAt(now, settle));
  }

  /**
   * Replaces the view's boundary.
   *
   * @param boundary a window's start
   */
  public void publish(View view, Instant boundary, Origin origin, Instant now, Duration settle) {
    lake.boundary().create();
    Commits.retried(
        "boundary of " + view.name(),
        () -> {
          Instant previous = settled(view, now, settle).orElse(null);
          Row row = RowFactory.create(view.name(), boundary, origin.name(), now, previous);
          spark
              .createDataFrame(List.of(row), Lake.BOUNDARY)
              .write()
              .format("delta")
              .mode("overwrite")
              .option("replaceWhere", "view = '%s'".formatted(view.name()))
              .save(lake.boundary().path());
        });
  }

  private Optional<Publication> newest(View view) {
    if (!lake.boundary().exists()) {
      return Optional.empty();
    }

    List<Row> rows =
        lake.boundary()
            .read()
            .where(col("view").equalTo(view.name()))
            .select("boundary", "published_at", "previous_boundary")
            .collectAsList();
    return rows.stream()
        .map(
            row ->
                new Publication(
                    row.getInstant(0),
                    row.getInstant(1),
                    row.isNullAt(2) ? Optional.empty() : Optional.of(row.getInstant(2))))
        .findFirst();
  }
}
