package serving.server;

import common.ErrorCode;
import common.Failure;
import common.command.DurationConverter;
import common.command.InstantConverter;
import common.metrics.View;
import io.javalin.http.Context;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;
import java.util.stream.Stream;
import org.eclipse.jetty.util.MultiMap;
import org.eclipse.jetty.util.UrlEncoded;
import picocli.CommandLine.TypeConversionException;
import serving.query.Accuracy;
import serving.query.RowFilter;
import serving.query.RowRequest;

/** The query parameters of a request. */
final class Parameters {
  private Parameters() {}

  /** Reads the parameters of a request for one page of rows. */
  static RowRequest rows(View view, Map<String, List<String>> parameters, int maxRows) {
    RowFilter filter = new RowFilter(time("from", parameters), time("to", parameters));
    if (filter.from().isPresent()
        && filter.to().isPresent()
        && !filter.from().get().isBefore(filter.to().get())) {
      throw new Failure(ErrorCode.OPTION_INVALID, "from must be before to");
    }

    return new RowRequest(
        view,
        one("accuracy", parameters).map(Parameters::accuracy).orElse(Accuracy.any),
        keys(filter, view, parameters),
        OptionalInt.of(
            one("limit", parameters)
                .map(text -> limit(text, maxRows))
                .orElse(Math.min(1000, maxRows))),
        one("cursor", parameters)
            .map(text -> Cursor.parse(text, view.keys().size() + 1).values())
            .orElse(List.of()));
  }

  /**
   * Reads the parameters of a request that concerns one key of a view.
   *
   * @throws Failure naming the columns of the key that have no value
   */
  static RowFilter wholeKey(View view, Map<String, List<String>> parameters) {
    RowFilter filter = keys(new RowFilter(Optional.empty(), Optional.empty()), view, parameters);
    List<String> missing =
        view.keys().stream().filter(column -> !filter.keys().containsKey(column)).toList();
    if (!missing.isEmpty()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "key: expected a value for each key of the view, and there is none for " + missing);
    }

    return filter;
  }

  private static RowFilter keys(RowFilter filter, View view, Map<String, List<String>> parameters) {
    RowFilter selected = filter;
    for (String key : parameters.getOrDefault("key", List.of())) {
      selected = selected.withKey(view, key);
    }

    return selected;
  }

  /**
   * The parameters of a request by name.
   *
   * @throws Failure when the query string is not valid: ignoring the invalid part would select
   *     other rows
   */
  static Map<String, List<String>> of(Context context) {
    MultiMap<String> parameters = new MultiMap<>();
    try {
      UrlEncoded.decodeUtf8To(Objects.requireNonNullElse(context.queryString(), ""), parameters);
    } catch (IllegalArgumentException malformed) {
      throw new Failure(ErrorCode.OPTION_INVALID, "The query string is not valid", malformed);
    }

    return parameters;
  }

  /** The maximum age of the data; empty for any. */
  static Optional<Duration> maxAge(Map<String, List<String>> parameters) {
    return converted(
        "max-age", parameters, new DurationConverter()::convert, "a duration such as 30s or 10m");
  }

  static Optional<String> one(String name, Map<String, List<String>> parameters) {
    List<String> values = parameters.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw new Failure(ErrorCode.OPTION_INVALID, name + ": expected one value");
    }

    return values.stream().findFirst();
  }

  /** The value of a flag; false if the request does not contain it. */
  static boolean flag(String name, Map<String, List<String>> parameters) {
    String value = one(name, parameters).orElse("false");
    if (!List.of("true", "false").contains(value)) {
      throw new Failure(ErrorCode.OPTION_INVALID, name + ": expected true or false");
    }

    return value.equals("true");
  }

  private static Optional<Instant> time(String name, Map<String, List<String>> parameters) {
    return converted(
        name, parameters, new InstantConverter()::convert, "a time such as 2026-01-31T12:00:00Z");
  }

  private static <T> Optional<T> converted(
      String name,
      Map<String, List<String>> parameters,
      Function<String, T> converter,
      String expected) {
    return one(name, parameters)
        .map(
            text -> {
              try {
                return converter.apply(text);
              } catch (TypeConversionException invalid) {
                throw new Failure(
                    ErrorCode.OPTION_INVALID, "%s: expected %s".formatted(name, expected));
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
