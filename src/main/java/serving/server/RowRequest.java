package serving.server;

import common.ErrorCode;
import common.Failure;
import common.command.InstantConverter;
import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine.TypeConversionException;
import serving.query.Accuracy;
import serving.query.RowFilter;
import serving.sql.DuckDbDialect;
import serving.sql.UnifiedView;

/**
 * A request for rows of a view, ordered by key and window.
 *
 * @param limit how many rows at most
 * @param after the page before this one
 */
record RowRequest(
    View view, Accuracy accuracy, RowFilter filter, int limit, Optional<Cursor> after) {

  /**
   * SQL with its parameters.
   *
   * @param columns of the result, in order
   */
  record Statement(String sql, List<String> parameters, List<String> columns) {}

  /** The statement for DuckDB; it returns one row more than the limit if there is one. */
  Statement statement(Layers layers) {
    StructType schema = layers.batch().state().schema();
    List<String> parameters = new ArrayList<>();
    List<String> conditions = new ArrayList<>();
    filter
        .keys()
        .forEach(
            (column, value) ->
                conditions.add(
                    quoted(column) + " = " + parameter(schema.apply(column), value, parameters)));
    StructField start = schema.apply(View.WINDOW_START);
    filter
        .from()
        .ifPresent(
            from ->
                conditions.add(
                    quoted(View.WINDOW_START)
                        + " >= "
                        + parameter(start, from.toString(), parameters)));
    filter
        .to()
        .ifPresent(
            to ->
                conditions.add(
                    quoted(View.WINDOW_START)
                        + " < "
                        + parameter(start, to.toString(), parameters)));
    after.ifPresent(cursor -> conditions.add(later(cursor, schema, parameters)));

    List<DataFile> batch = within(layers.batch().files());
    List<DataFile> speed = within(layers.speed().files());
    DuckDbDialect dialect =
        new DuckDbDialect(
            batch,
            speed,
            conditions.isEmpty()
                ? Optional.empty()
                : Optional.of(String.join(" AND ", conditions)));
    UnifiedView unified = new UnifiedView(view, schema, dialect, Duration.ZERO);
    Instant boundary = layers.boundary().orElse(Accuracy.BEGINNING_OF_TIME);
    List<String> columns = new ArrayList<>(columns());
    String closed = "";
    if (accuracy == Accuracy.exact) {
      columns.add("closed");
      closed = ", %s < %s AS \"closed\"".formatted(quoted(View.WINDOW_START), timestamp(boundary));
    }

    String sql =
        "SELECT %s%s FROM (%s) ORDER BY %s LIMIT %d"
            .formatted(
                columns().stream().map(RowRequest::quoted).collect(Collectors.joining(", ")),
                closed,
                unified.selectSplitAt(timestamp(accuracy.split(boundary))),
                order().map(RowRequest::quoted).collect(Collectors.joining(", ")),
                limit + 1);
    // Without files, nothing in the statement refers to a parameter.
    boolean empty = batch.isEmpty() && speed.isEmpty();
    return new Statement(sql, empty ? List.of() : parameters, columns);
  }

  /** The statement for the first and the last window start of a view; null without rows. */
  static Statement extent(View view, Layers layers) {
    DuckDbDialect dialect =
        new DuckDbDialect(layers.batch().files(), layers.speed().files(), Optional.empty());
    StructType start =
        new StructType(
            new StructField[] {layers.batch().state().schema().apply(View.WINDOW_START)});
    String both =
        "SELECT * FROM %s UNION ALL SELECT * FROM %s"
            .formatted(
                dialect.batch(view, List.of(start.fields())),
                dialect.speed(view, List.of(start.fields())));
    return new Statement(
        "SELECT min(%1$s), max(%1$s) FROM (%2$s)".formatted(quoted(View.WINDOW_START), both),
        List.of(),
        List.of("oldest", "newest"));
  }

  private List<String> columns() {
    return Stream.of(
            view.keys(),
            List.of(View.WINDOW_START, View.WINDOW_END),
            view.resultNames(),
            List.of(View.SOURCE))
        .flatMap(List::stream)
        .toList();
  }

  private Stream<String> order() {
    return Stream.concat(view.keys().stream(), Stream.of(View.WINDOW_START));
  }

  /** Rows behind the cursor in the order of keys and windows. */
  private String later(Cursor cursor, StructType schema, List<String> parameters) {
    List<String> alternatives = new ArrayList<>();
    List<String> equal = new ArrayList<>();
    List<String> order = order().toList();
    for (int i = 0; i < order.size(); i++) {
      String value = parameter(schema.apply(order.get(i)), cursor.values().get(i), parameters);
      List<String> all = new ArrayList<>(equal);
      all.add(quoted(order.get(i)) + " > " + value);
      alternatives.add("(" + String.join(" AND ", all) + ")");
      equal.add(quoted(order.get(i)) + " = " + value);
    }

    return "(" + String.join(" OR ", alternatives) + ")";
  }

  /** Files whose date can have windows of the requested range. */
  private List<DataFile> within(List<DataFile> files) {
    Optional<LocalDate> first = filter.from().map(RowRequest::date);
    Optional<LocalDate> last = filter.to().map(RowRequest::date);
    return files.stream()
        .filter(
            file -> {
              LocalDate date = LocalDate.parse(file.partition().get(View.EVENT_DATE));
              return first.filter(date::isBefore).isEmpty() && last.filter(date::isAfter).isEmpty();
            })
        .toList();
  }

  private static LocalDate date(Instant time) {
    return LocalDate.ofInstant(time, ZoneOffset.UTC);
  }

  private static String parameter(StructField column, String value, List<String> parameters) {
    parameters.add(value);
    String marker = "$" + parameters.size();
    if (column.dataType().equals(DataTypes.StringType)) {
      return marker;
    }

    String type =
        column.dataType().equals(DataTypes.TimestampType) ? "TIMESTAMPTZ" : column.dataType().sql();
    return "CAST(%s AS %s)".formatted(marker, type);
  }

  private static String timestamp(Instant time) {
    return "TIMESTAMPTZ '%s'".formatted(time);
  }

  private static String quoted(String name) {
    return "\"" + name + "\"";
  }

  /** Reads a request from query parameters. */
  static RowRequest of(View view, Map<String, List<String>> parameters, int maxRows) {
    RowFilter filter = new RowFilter(time("from", parameters), time("to", parameters));
    if (filter.from().isPresent()
        && filter.to().isPresent()
        && !filter.from().get().isBefore(filter.to().get())) {
      throw new Failure(ErrorCode.OPTION_INVALID, "from must be before to");
    }

    for (String key : parameters.getOrDefault("key", List.of())) {
      filter = filter.withKey(view, key);
    }

    return new RowRequest(
        view,
        one("accuracy", parameters).map(RowRequest::accuracy).orElse(Accuracy.any),
        filter,
        one("limit", parameters).map(text -> limit(text, maxRows)).orElse(Math.min(1000, maxRows)),
        one("cursor", parameters).map(text -> Cursor.parse(text, view.keys().size() + 1)));
  }

  static Optional<String> one(String name, Map<String, List<String>> parameters) {
    List<String> values = parameters.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw new Failure(ErrorCode.OPTION_INVALID, name + ": expected one value");
    }

    return values.stream().findFirst();
  }

  private static Optional<Instant> time(String name, Map<String, List<String>> parameters) {
    return one(name, parameters)
        .map(
            text -> {
              try {
                return new InstantConverter().convert(text);
              } catch (TypeConversionException invalid) {
                throw new Failure(
                    ErrorCode.OPTION_INVALID,
                    name + ": expected a time such as 2026-01-31T12:00:00Z");
              }
            });
  }

  private static Accuracy accuracy(String text) {
    return Stream.of(Accuracy.values())
        .filter(accuracy -> accuracy.name().equals(text))
        .findFirst()
        .orElseThrow(
            () ->
                new Failure(
                    ErrorCode.OPTION_INVALID, "accuracy: expected one of exact, latest, any"));
  }

  private static int limit(String text, int maxRows) {
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= maxRows) {
        return limit;
      }
    } catch (NumberFormatException invalid) {
      throw limitInvalid(maxRows);
    }

    throw limitInvalid(maxRows);
  }

  private static Failure limitInvalid(int maxRows) {
    return new Failure(ErrorCode.OPTION_INVALID, "limit: expected a number from 1 to " + maxRows);
  }
}
