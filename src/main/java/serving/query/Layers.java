package serving.query;

import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.TableSnapshot;
import common.lake.ViewTables;
import common.metrics.View;
import java.time.Instant;
import java.util.Optional;

/**
 * A consistent state of a view's layers: the speed view was read first, then the boundary, then the
 * batch view, for the reason given in {@link QueryRouter#rows}.
 */
public record Layers(TableSnapshot speed, Optional<Instant> boundary, TableSnapshot batch) {

  /** Reads the newest state; empty when the view's tables do not exist yet. */
  public static Optional<Layers> read(Lake lake, View view) {
    ViewTables tables = lake.of(view);
    if (!tables.exist()) {
      return Optional.empty();
    }

    TableSnapshot speed = tables.speed().snapshot();
    Optional<Instant> boundary = new Boundaries(lake).current(view);
    return Optional.of(new Layers(speed, boundary, tables.batch().snapshot()));
  }

  /** Identifies the state: it changes with every commit to one of the tables. */
  public String version() {
    return "batch %d, speed %d, boundary %s"
        .formatted(
            batch.state().version(),
            speed.state().version(),
            boundary.map(Instant::toString).orElse("none"));
  }
}
