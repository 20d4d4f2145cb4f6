package common.lake;

import common.metrics.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/**
 * The published boundary of each view: windows that start before it are served by the batch view.
 * Publishing a boundary replaces the previous one atomically.
 *
 * <p>An SQL engine may open the tables of the unified view in any order, so a statement could see a
 * boundary that is newer than the batch rows it reads. For SQL engines, a boundary that moved
 * forward therefore takes effect only {@code serving.settle} after its publication; a boundary that
 * moved back takes effect immediately. Results based on an outdated boundary are still correct:
 * windows from that boundary on are served by speed rows, or by batch rows where there is no speed
 * row.
 */
public final class Boundaries {
  private static final String VIEW = "view";

  private final Lake lake;

  public Boundaries(Lake lake) {
    this.lake = lake;
  }

  /** The kind of operation that set the boundary. */
  public enum Origin {
    batch,
    manual,
    restore
  }

  /**
   * A publication.
   *
   * @param boundary start of a window
   * @param previous the boundary in effect until then, for readers for which the new boundary has
   *     not yet settled
   */
  private record Publication(Instant boundary, Instant at, Optional<Instant> previous) {
    Optional<Instant> settledAt(Instant now, Duration settle) {
      boolean settled = !at.isAfter(now.minus(settle));
      boolean backward = previous.isPresent() && boundary.isBefore(previous.get());
      return settled || backward ? Optional.of(boundary) : previous;
    }
  }

  /** The start of the first window that the batch view does not serve; empty before any run. */
  public Optional<Instant> current(View view) {
    return newest(view).map(Publication::boundary);
  }

  /** The boundary that has settled for every reader, including one that started earlier. */
  public Optional<Instant> settled(View view, Instant now, Duration settle) {
    return newest(view).flatMap(publication -> publication.settledAt(now, settle));
  }

  /**
   * Replaces the view's boundary.
   *
   * @param boundary start of a window
   */
  public void publish(View view, Instant boundary, Origin origin, Instant now, Duration settle) {
    lake.boundary().create();
    Commits.retried(
        "boundary of " + view.name(),
        () ->
            lake.boundary()
                .replacePartition(
                    VIEW,
                    view.name(),
                    published -> {
                      Instant previous =
                          newest(published)
                              .flatMap(publication -> publication.settledAt(now, settle))
                              .orElse(null);
                      return List.of(
                          RowFactory.create(view.name(), boundary, origin.name(), now, previous));
                    }));
  }

  private Optional<Publication> newest(View view) {
    return newest(lake.boundary().smallPartition(VIEW, view.name()));
  }

  private static Optional<Publication> newest(List<Row> published) {
    return published.stream()
        .map(
            row ->
                new Publication(
                    row.getAs("boundary"),
                    row.getAs("published_at"),
                    Optional.ofNullable(row.getAs("previous_boundary"))))
        .findFirst();
  }
}
