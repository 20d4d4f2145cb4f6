package serving.query;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.metrics.View;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

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

  /** The columns of the result, in order; with {@link Accuracy#exact} also {@code closed}. */
  public List<String> columns() {
    List<String> columns = new ArrayList<>(QueryRouter.columns(view));
    if (accuracy == Accuracy.exact) {
      columns.add(QueryRouter.CLOSED);
    }

    return columns;
  }

  /** The rows of the unified view that are requested, without the limit. */
  Dataset<Row> of(Dataset<Row> rows) {
    Dataset<Row> wanted = filter.of(rows);
    return after.isEmpty() ? wanted : wanted.where(follows(rows));
  }

  private Column follows(Dataset<Row> rows) {
    List<String> order = QueryRouter.order(view);
    Column follows = lit(false);
    Column equal = lit(true);
    for (int i = 0; i < order.size(); i++) {
      Column value = TypedLiteral.of(after.get(i), order.get(i), rows);
      follows = follows.or(equal.and(col(order.get(i)).gt(value)));
      equal = equal.and(col(order.get(i)).equalTo(value));
    }

    return follows;
  }
}
