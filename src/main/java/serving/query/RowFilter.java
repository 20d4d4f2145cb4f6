package serving.query;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.ErrorCode;
import common.Failure;
import common.metrics.View;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Selects rows of a view.
 *
 * @param from earliest window start, inclusive
 * @param to end of the range of window starts, exclusive
 * @param keys required value by key column
 */
public record RowFilter(Optional<Instant> from, Optional<Instant> to, Map<String, String> keys) {
  public RowFilter(Optional<Instant> from, Optional<Instant> to) {
    this(from, to, Map.of());
  }

  private RowFilter with(String column, String value) {
    Map<String, String> more = new LinkedHashMap<>(keys);
    if (more.put(column, value) != null) {
      throw new Failure(ErrorCode.OPTION_INVALID, "key: two values for %s".formatted(column));
    }

    return new RowFilter(from, to, more);
  }

  /**
   * Adds a key to the filter.
   *
   * @param key {@code COLUMN=VALUE}, or a value of the view's first key
   */
  public RowFilter withKey(View view, String key) {
    int equals = key.indexOf('=');
    boolean named = equals > 0 && view.keys().contains(key.substring(0, equals));
    return named
        ? with(key.substring(0, equals), key.substring(equals + 1))
        : with(view.keys().get(0), key);
  }

  /** Whether the filter selects a window; the key's values are given as text, by column. */
  public boolean selects(Map<String, String> key, Instant start) {
    return keys.entrySet().stream().allMatch(of -> of.getValue().equals(key.get(of.getKey())))
        && from.filter(start::isBefore).isEmpty()
        && to.filter(end -> !start.isBefore(end)).isEmpty();
  }

  Dataset<Row> of(Dataset<Row> rows) {
    Dataset<Row> wanted = rows;
    for (Map.Entry<String, String> key : keys.entrySet()) {
      wanted =
          wanted.where(
              col(key.getKey()).equalTo(TypedLiteral.of(key.getValue(), key.getKey(), rows)));
    }

    if (from.isPresent()) {
      wanted = wanted.where(col(View.WINDOW_START).geq(lit(from.get())));
    }

    return to.isPresent() ? wanted.where(col(View.WINDOW_START).lt(lit(to.get()))) : wanted;
  }
}
