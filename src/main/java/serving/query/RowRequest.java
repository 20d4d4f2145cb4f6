package serving.query;

import common.metrics.View;
import java.util.List;
import java.util.OptionalInt;

/**
 * A request for rows of a view, ordered by key and window.
 *
 * @param limit how many rows at most; empty for all
 * @param after the keys and the window's start, as text, of the last row before those requested;
 *     empty for none
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
