package serving.query;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.ErrorCode;
import common.Failure;
import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.TableState;
import common.lake.ViewTables;
import common.metrics.View;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import serving.sql.SparkDialect;
import serving.sql.UnifiedView;

/** Answers a query with Spark from the layers that its accuracy selects. */
public final class QueryRouter {
  /** Column of exact results: whether the window lies before the boundary. */
  public static final String CLOSED = "closed";

  private final SparkSession spark;
  private final Lake lake;

  public QueryRouter(SparkSession spark, Lake lake) {
    this.spark = spark;
    this.lake = lake;
  }

  /**
   * The matching rows, ordered by key and window, with the columns: keys, window_start, window_end,
   * measures, source; with {@link Accuracy#exact} also closed (boolean): whether the window lies
   * before the boundary, so that no on-time event can change it.
   *
   * <p>Consistency comes from the order of reads: the speed view's snapshot first, then the
   * boundary, then the batch view's snapshot. Whatever is committed between these reads, any speed
   * rows deleted by compaction lie before the boundary, and the batch snapshot contains the windows
   * before the boundary.
   *
   * @throws Failure when neither a batch nor a speed job has run for the view, or its tables were
   *     written under another definition
   */
  public Dataset<Row> rows(View view, Accuracy accuracy, RowFilter filter) {
    ViewTables tables = lake.of(view);
    if (!tables.exist()) {
      throw noData(view, lake);
    }

    TableState speed = tables.speed().fitState();
    Optional<Instant> boundary = new Boundaries(lake).current(view);
    TableState batch = tables.batch().fitState();
    return rows(new RowRequest(view, accuracy, filter), batch, boundary, speed);
  }

  /**
   * The rows of a request, given a state that has already been read; at most one row more than the
   * limit.
   */
  Dataset<Row> rows(RowRequest request, Layers layers) {
    return rows(request, layers.batch().state(), layers.boundary(), layers.speed().state());
  }

  /** At most one row: the newest window of a key. */
  Dataset<Row> newest(View view, RowFilter key, Layers layers) {
    RowRequest request = new RowRequest(view, Accuracy.any, key);
    return selected(request, layers.batch().state(), layers.boundary(), layers.speed().state())
        .orderBy(col(View.WINDOW_START).desc())
        .limit(1);
  }

  /** One row with the first and the last window start; both are null if the view has no rows. */
  Dataset<Row> extent(View view, Layers layers) {
    return spark.sql(
        unified(view, layers.batch().state(), layers.speed().state())
            .extent(layers.firstAndLastDate()));
  }

  private Dataset<Row> rows(
      RowRequest request, TableState batch, Optional<Instant> boundary, TableState speed) {
    Dataset<Row> selected = selected(request, batch, boundary, speed);
    Column[] order = order(request.view()).stream().map(functions::col).toArray(Column[]::new);
    return request.limit().isPresent()
        ? selected.orderBy(order).limit(request.limit().getAsInt() + 1)
        // One consumer iterates over the rows; a global sort would compute them twice.
        : selected.repartition(1).sortWithinPartitions(order);
  }

  /** The rows in no particular order, without the limit. */
  private Dataset<Row> selected(
      RowRequest request, TableState batch, Optional<Instant> boundary, TableState speed) {
    View view = request.view();
    Instant edge = boundary.orElse(Accuracy.BEGINNING_OF_TIME);
    Instant split = request.accuracy().split(edge);
    Dataset<Row> rows =
        spark.sql(unified(view, batch, speed).selectSplitAt("TIMESTAMP'%s'".formatted(split)));
    Stream<Column> named = columns(view).stream().map(functions::col);
    Stream<Column> closed =
        request.accuracy() == Accuracy.exact
            ? Stream.of(col(View.WINDOW_START).lt(lit(edge)).as(CLOSED))
            : Stream.empty();
    Column[] shown = Stream.concat(named, closed).toArray(Column[]::new);
    return request.of(rows).select(shown);
  }

  private UnifiedView unified(View view, TableState batch, TableState speed) {
    SparkDialect dialect =
        new SparkDialect(
            lake, Optional.of(new SparkDialect.Snapshot(batch.version(), speed.version())));
    return new UnifiedView(view, batch.schema(), dialect, Duration.ZERO);
  }

  /** Reports that neither a batch nor a speed job has run for a view. */
  public static Failure noData(View view, Lake lake) {
    return new Failure(
        ErrorCode.DATA_MISSING,
        "No data for view %1$s in %2$s: run ingest, then batch --view %1$s"
            .formatted(view.name(), lake.root()));
  }

  /** The columns of a result, without {@link #CLOSED}. */
  public static List<String> columns(View view) {
    return Stream.of(
            view.keys(),
            List.of(View.WINDOW_START, View.WINDOW_END),
            view.resultNames(),
            List.of(View.SOURCE))
        .flatMap(List::stream)
        .toList();
  }

  /** The columns that a result is ordered by; together they identify a row. */
  public static List<String> order(View view) {
    return Stream.concat(view.keys().stream(), Stream.of(View.WINDOW_START)).toList();
  }
}
