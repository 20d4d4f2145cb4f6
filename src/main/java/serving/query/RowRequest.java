package serving.query;

import common.metrics.View;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request for rows of a view, ordered by key and window.
 *
 * @param limit maximum number of rows; empty for all
 * @param after the row that the requested rows follow: its keys and window start, as text; empty to
 *     begin with the first row
 */
public record RowRequest(
    View view, Accuracy accuracy, RowFilter filter, OptionalInt limit, List<String> after) {
  public RowRequest {
    after = List.copyOf(after);
  }

  /** A request for all rows that a filter selects. */
  public RowRequest(View view, Accuracy accuracy, RowFilter filter) {
    this(view, accuracy, filter, OptionalInt.empty(), List.of());
  }
}
