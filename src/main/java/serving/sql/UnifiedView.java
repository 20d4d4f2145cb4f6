package serving.sql;

import static java.util.stream.Collectors.joining;

import common.metrics.View;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The unified view: batch rows before the boundary and speed rows from the boundary on. From the
 * boundary on, batch rows fill in for missing speed rows, so that no known window is hidden. There
 * is one row per key and window; {@code source} names the layer of a row.
 *
 * <p>Columns: the keys, window_start, window_end, event_date, the measures, computed_at, source;
 * and parts of measures if requested.
 */
public final class UnifiedView {
  private final View view;
  private final List<StructField> columns;
  private final Dialect dialect;
  private final Duration settle;

  /**
   * Prepares the SQL of a view.
   *
   * @param schema the schema of the view's tables
   * @param settle how long after its publication a boundary that moved forward remains unused
   */
  public UnifiedView(View view, StructType schema, Dialect dialect, Duration settle) {
    this(view, schema, dialect, settle, List.of());
  }

  private UnifiedView(
      View view, StructType schema, Dialect dialect, Duration settle, List<String> parts) {
    this.settle = settle;
    this.view = view;
    this.dialect = dialect;
    List<String> served = view.served();
    this.columns =
        Arrays.stream(schema.fields())
            .filter(field -> served.contains(field.name()) || parts.contains(field.name()))
            .toList();
  }

  /**
   * A unified view that also has parts of measures, from which BI tools compute measures over
   * several rows.
   *
   * @param parts columns of the view's tables
   */
  public static UnifiedView withParts(
      View view, StructType schema, Dialect dialect, Duration settle, List<String> parts) {
    return new UnifiedView(view, schema, dialect, settle, parts);
  }

  /** The columns besides {@code source}, in order. */
  public List<StructField> columns() {
    return columns;
  }

  /** The statement that creates the view in the dialect's engine. */
  public String create() {
    return create(view.name());
  }

  /** The statement that creates the view under another name. */
  public String create(String name) {
    return dialect.createView(name, select());
  }

  /**
   * The query that looks up the boundary each time it runs, by the rules of {@link
   * common.lake.Boundaries}; without a boundary, speed rows take precedence.
   */
  public String select() {
    String at = dialect.quoted("boundary");
    String previous = dialect.quoted("previous_boundary");
    String lookUp =
        """
        CROSS JOIN (
          SELECT COALESCE(MAX(CASE
            WHEN p.%s <= %s OR p.%s < p.%s THEN p.%s
            ELSE p.%s
          END), %s) AS boundary
          FROM %s AS p
          WHERE p.%s = '%s'
        ) AS edge"""
            .formatted(
                dialect.quoted("published_at"),
                dialect.ago(settle),
                at,
                previous,
                at,
                previous,
                dialect.beginningOfTime(),
                dialect.boundaries(),
                dialect.quoted("view"),
                view.name());
    return union(lookUp, "edge.boundary");
  }

  /**
   * The query for a boundary that is known in advance.
   *
   * @param boundary SQL expression of a timestamp
   */
  public String selectSplitAt(String boundary) {
    return union("", boundary);
  }

  /**
   * The query for the first and the last window start in either layer; both are null if there are
   * no rows.
   *
   * @param dates the dates of these windows
   */
  public String extent(Collection<LocalDate> dates) {
    String start = dialect.quoted(View.WINDOW_START);
    String date = dialect.quoted(View.EVENT_DATE);
    return """
        SELECT min(%1$s), max(%1$s)
        FROM (
          SELECT %1$s, %2$s FROM %3$s AS b
          UNION ALL
          SELECT %1$s, %2$s FROM %4$s AS s
        ) AS windows
        WHERE %5$s"""
        .formatted(
            start,
            date,
            dialect.batch(view, columns),
            dialect.speed(view, columns),
            dates.isEmpty()
                ? "false"
                : dates.stream()
                    .map("DATE '%s'"::formatted)
                    .collect(joining(", ", date + " IN (", ")")));
  }

  private String union(String edge, String boundary) {
    String start = dialect.quoted(View.WINDOW_START);
    String sameWindow =
        view.rowKey().stream()
            .map(dialect::quoted)
            .map(name -> "newer.%1$s = b.%1$s".formatted(name))
            .collect(joining(" AND "));
    String batch = dialect.batch(view, columns);
    String speed = dialect.speed(view, columns);
    // Speed rows before the boundary do not qualify, so one anti-join serves both sides of the
    // boundary, and the batch view is read once.
    return Stream.of(
            "SELECT " + columnsOf("b") + ", 'batch' AS source",
            "FROM " + batch + " AS b",
            edge,
            "WHERE NOT EXISTS (",
            "  SELECT 1 FROM %s AS newer".formatted(speed),
            "  WHERE newer.%s >= %s AND %s)".formatted(start, boundary, sameWindow),
            "UNION ALL",
            "SELECT " + columnsOf("s") + ", 'speed' AS source",
            "FROM " + speed + " AS s",
            edge,
            "WHERE s.%s >= %s".formatted(start, boundary))
        .filter(line -> !line.isEmpty())
        .collect(joining("\n"));
  }

  private String columnsOf(String alias) {
    return columns.stream()
        .map(column -> alias + "." + dialect.quoted(column.name()))
        .collect(joining(", "));
  }
}
