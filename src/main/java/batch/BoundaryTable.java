package batch;

import static org.apache.spark.sql.functions.col;

import common.lake.Lake;
import common.metrics.View;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;

/** The published boundary of each view; one atomic replacement a publication. */
public final class BoundaryTable {
  private final SparkSession spark;
  private final Lake lake;

  public BoundaryTable(SparkSession spark, Lake lake) {
    this.spark = spark;
    this.lake = lake;
  }

  /** Whether a batch run published it or an operator set it. */
  public enum Origin {
    batch,
    manual
  }

  /**
   * The start of the first window that the batch view does not answer for; empty before any run.
   */
  public Optional<Instant> current(View view) {
    if (!lake.boundary().exists()) {
      return Optional.empty();
    }

    List<Row> rows =
        lake.boundary()
            .read()
            .where(col("view").equalTo(view.name()))
            .select("boundary")
            .collectAsList();
    return rows.stream().map(row -> row.getInstant(0)).findFirst();
  }

  /**
   * Replaces the view's boundary.
   *
   * @param boundary a window's start
   */
  public void publish(View view, Instant boundary, Origin origin, Instant now) {
    lake.boundary().create();
    Row row = RowFactory.create(view.name(), boundary, origin.name(), now);
    spark
        .createDataFrame(List.of(row), Lake.BOUNDARY)
        .write()
        .format("delta")
        .mode("overwrite")
        .option("replaceWhere", "view = '%s'".formatted(view.name()))
        .save(lake.boundary().path());
  }
}
