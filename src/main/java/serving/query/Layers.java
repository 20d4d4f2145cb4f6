package serving.query;

import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.TableSnapshot;
import common.lake.TableSnapshot.DataFile;
import common.lake.ViewTables;
import common.metrics.View;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  /** Whether the state is still the newest; takes fewer storage requests than reading the state. */
  public boolean isNewest(Lake lake, View view) {
    ViewTables tables = lake.of(view);
    return tables.speed().isNewest(speed.state().version())
        && tables.batch().isNewest(batch.state().version())
        && new Boundaries(lake).current(view).equals(boundary);
  }

  /** The first and the last date of all files; none if there are no files. */
  List<LocalDate> firstAndLastDate() {
    TreeSet<LocalDate> dates =
        Stream.of(batch, speed)
            .flatMap(layer -> layer.files().stream())
            .map(Layers::date)
            .collect(Collectors.toCollection(TreeSet::new));
    return dates.isEmpty() ? List.of() : List.of(dates.first(), dates.last());
  }

  /** The date whose windows a file of a layer holds. */
  static LocalDate date(DataFile file) {
    return LocalDate.parse(file.partition().get(View.EVENT_DATE));
  }

  /** An identifier of the state, which changes with every commit to one of the tables. */
  public String version() {
    return "batch %d, speed %d, boundary %s"
        .formatted(
            batch.state().version(),
            speed.state().version(),
            boundary.map(Instant::toString).orElse("none"));
  }
}
