package serving;

import static org.apache.spark.sql.functions.col;

import common.Failure;
import common.lake.Lake;
import common.metrics.View;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** Answers a query from the layers that its accuracy asks for. */
public final class QueryRouter {
  private final SparkSession spark;
  private final Lake lake;

  public QueryRouter(SparkSession spark, Lake lake) {
    this.spark = spark;
    this.lake = lake;
  }

  /**
   * The wanted rows, ordered by key and window: the keys, window_start, window_end, the measures
   * and source.
   *
   * <p>The boundary is read before the tables: a batch run that commits in between is then not yet
   * counted on, which costs freshness and never a row.
   *
   * @throws Failure when neither a batch nor a speed job has run for the view
   */
  public Dataset<Row> rows(View view, Accuracy accuracy, RowFilter filter) {
    if (!lake.batchView(view).exists() || !lake.speedView(view).exists()) {
      throw new Failure(
          "No data for view %1$s in %2$s: run ingest, then batch --view %1$s"
              .formatted(view.name(), lake.root()));
    }

    UnifiedView unified =
        new UnifiedView(view, lake.batchView(view).schema(), new SparkDialect(lake));
    Dataset<Row> rows = spark.sql(unified.selectSplitAt(split(view, accuracy)));
    List<String> order = new ArrayList<>(view.keys());
    order.add(View.WINDOW_START);
    Column[] shown =
        Stream.of(
                view.keys(),
                List.of(View.WINDOW_START, View.WINDOW_END),
                view.measureNames(),
                List.of(View.SOURCE))
            .flatMap(List::stream)
            .map(functions::col)
            .toArray(Column[]::new);
    return filter
        .of(rows)
        .select(shown)
        // One consumer reads the rows one by one: a sort over partitions would compute them twice.
        .repartition(1)
        .sortWithinPartitions(order.stream().map(functions::col).toArray(Column[]::new));
  }

  private String split(View view, Accuracy accuracy) {
    return switch (accuracy) {
      case exact -> "TIMESTAMP'9999-12-31 23:59:59'";
      case latest -> "TIMESTAMP'0001-01-01 00:00:00'";
      case any ->
          lake
              .boundary()
              .read()
              .where(col("view").equalTo(view.name()))
              .select(col("boundary").cast("string"))
              .collectAsList()
              .stream()
              .findFirst()
              .map(row -> "TIMESTAMP'%s'".formatted(row.getString(0)))
              .orElse("TIMESTAMP'0001-01-01 00:00:00'");
    };
  }
}
