package serving.query;

import static java.util.stream.Collectors.joining;

import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import serving.sql.DuckDbDialect;
import serving.sql.UnifiedView;

/**
 * A DuckDB statement. Request values are bound as parameters, never inserted into the SQL.
 *
 * @param parameters values of the parameters {@code $1}, {@code $2} and so on, as text
 * @param columns names of the result's columns, in order
 */
public record RowStatement(String sql, List<String> parameters, List<String> columns) {

  /**
   * Selects the rows of a request. If the request has a limit, one additional row is selected,
   * which indicates another page.
   */
  public static RowStatement of(RowRequest request, Layers layers) {
    Builder builder = new Builder(request, layers);
    String order =
        QueryRouter.order(request.view()).stream().map(Builder::column).collect(joining(", "));
    return builder.build(
        order + (request.limit().isPresent() ? " LIMIT " + (request.limit().getAsInt() + 1) : ""));
  }

  /**
   * Selects the newest window of a key: at most one row, with the columns of a request for rows.
   */
  public static RowStatement newest(View view, RowFilter key, Layers layers) {
    return new Builder(new RowRequest(view, Accuracy.any, key), layers)
        .build(Builder.column(View.WINDOW_START) + " DESC LIMIT 1");
  }

  /** Selects the first and the last window start of a view; both are null if it has no rows. */
  public static RowStatement extent(View view, Layers layers) {
    List<LocalDate> dates = layers.firstAndLastDate();
    DuckDbDialect dialect =
        new DuckDbDialect(
            on(dates, layers.batch().files()), on(dates, layers.speed().files()), Optional.empty());
    UnifiedView unified =
        new UnifiedView(view, layers.batch().state().schema(), dialect, Duration.ZERO);
    return new RowStatement(unified.extent(dates), List.of(), List.of("oldest", "newest"));
  }

  private static List<DataFile> on(List<LocalDate> dates, List<DataFile> files) {
    return files.stream().filter(file -> dates.contains(Layers.date(file))).toList();
  }

  private static final class Builder {
    private final RowRequest request;
    private final View view;
    private final StructType schema;
    private final List<DataFile> batch;
    private final List<DataFile> speed;
    private final Instant boundary;
    private final Instant split;
    private final List<String> parameters = new ArrayList<>();

    Builder(RowRequest request, Layers layers) {
      this.request = request;
      this.view = request.view();
      this.schema = layers.batch().state().schema();
      this.boundary = layers.boundary().orElse(Accuracy.BEGINNING_OF_TIME);
      this.split = request.accuracy().split(boundary);
      this.batch = within(layers.batch().files());
      // Speed rows before the split are not part of the result.
      boolean beforeSplit = !request.filter().to().orElse(Accuracy.END_OF_TIME).isAfter(split);
      this.speed = beforeSplit ? List.of() : within(layers.speed().files());
    }

    /**
     * Builds the statement.
     *
     * @param order the expressions after ORDER BY
     */
    RowStatement build(String order) {
      List<String> conditions = conditions();
      DuckDbDialect dialect =
          new DuckDbDialect(
              batch,
              speed,
              Optional.of(String.join(" AND ", conditions)).filter(all -> !all.isEmpty()));
      UnifiedView unified = new UnifiedView(view, schema, dialect, Duration.ZERO);
      String selected =
          QueryRouter.columns(view).stream().map(dialect::quoted).collect(joining(", "));
      if (request.accuracy() == Accuracy.exact) {
        selected += ", %s < %s".formatted(column(View.WINDOW_START), timestamp(boundary));
      }

      String sql =
          "SELECT %s FROM (%s) ORDER BY %s"
              .formatted(selected, unified.selectSplitAt(timestamp(split)), order);
      // If there are no files, the statement contains no conditions and therefore no parameters.
      boolean empty = batch.isEmpty() && speed.isEmpty();
      return new RowStatement(sql, empty ? List.of() : parameters, request.columns());
    }

    private List<String> conditions() {
      RowFilter filter = request.filter();
      List<String> conditions = new ArrayList<>();
      filter.keys().forEach((key, value) -> conditions.add(compared(key, "=", value)));
      filter
          .from()
          .ifPresent(from -> conditions.add(compared(View.WINDOW_START, ">=", from.toString())));
      filter.to().ifPresent(to -> conditions.add(compared(View.WINDOW_START, "<", to.toString())));
      if (!request.after().isEmpty()) {
        conditions.add(after(request.after()));
      }

      return conditions;
    }

    /** The condition for rows that follow a given row in the order of keys and window start. */
    private String after(List<String> row) {
      List<String> alternatives = new ArrayList<>();
      List<String> equal = new ArrayList<>();
      List<String> order = QueryRouter.order(view);
      for (int i = 0; i < order.size(); i++) {
        String value = row.get(i);
        List<String> all = new ArrayList<>(equal);
        all.add(compared(order.get(i), ">", value));
        alternatives.add("(" + String.join(" AND ", all) + ")");
        // The last column is never compared for equality, and DuckDB rejects unused parameters.
        if (i < order.size() - 1) {
          equal.add(compared(order.get(i), "=", value));
        }
      }

      return "(" + String.join(" OR ", alternatives) + ")";
    }

    /** The files whose partition date is within the requested time range. */
    private List<DataFile> within(List<DataFile> files) {
      Optional<LocalDate> first = request.filter().from().map(Builder::date);
      Optional<LocalDate> last = request.filter().to().map(Builder::date);
      return files.stream()
          .filter(
              file -> {
                LocalDate date = Layers.date(file);
                return first.filter(date::isBefore).isEmpty()
                    && last.filter(date::isAfter).isEmpty();
              })
          .toList();
    }

    private String compared(String name, String operator, String value) {
      parameters.add(value);
      String parameter = "$" + parameters.size();
      StructField field = schema.apply(name);
      if (!field.dataType().equals(DataTypes.StringType)) {
        String type =
            field.dataType().equals(DataTypes.TimestampType)
                ? "TIMESTAMPTZ"
                : field.dataType().sql();
        parameter = "CAST(%s AS %s)".formatted(parameter, type);
      }

      return "%s %s %s".formatted(column(name), operator, parameter);
    }

    /** Quotes a column name, which consists of letters, digits and underscores. */
    private static String column(String name) {
      return "\"" + name + "\"";
    }

    private static LocalDate date(Instant time) {
      return LocalDate.ofInstant(time, ZoneOffset.UTC);
    }

    private static String timestamp(Instant time) {
      return "TIMESTAMPTZ '%s'".formatted(time);
    }
  }
}
