package common.ops;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;

/** The ledger of all micro-batches, {@code ops/stream_progress}. */
public final class StreamProgress {
  /** Name of the query that ingests events. */
  public static final String INGEST = "ingest";

  private final SparkSession spark;
  private final LakeTable table;

  public StreamProgress(SparkSession spark, Lake lake) {
    this.spark = spark;
    this.table = table(lake);
  }

  /** The table of the ledger, which is partitioned by {@code query}. */
  public static LakeTable table(Lake lake) {
    return lake.table("ops/stream_progress", StreamAccount.SCHEMA, List.of("query"));
  }

  /** The name of the query that maintains a view in a sink. */
  public static String speedQuery(View view, String sink) {
    return "speed %s %s".formatted(view.name(), sink);
  }

  /** The micro-batches that maintain a view's Delta table, in the form of {@link #of}. */
  public Dataset<Row> ofSpeedView(View view) {
    return of(speedQuery(view, "delta"));
  }

  /** The newest micro-batch of a checkpoint that is in the ledger. */
  public Optional<Long> lastBatch(String queryId) {
    if (!table.exists()) {
      return Optional.empty();
    }

    Row last =
        table.readOnce().where(col("query_id").equalTo(queryId)).agg(max("batch_id")).first();
    return last.isNullAt(0) ? Optional.empty() : Optional.of(last.getLong(0));
  }

  /**
   * Whether the newest micro-batch of a query that reads several partitions left unread records in
   * any partition. If so, the progress of one partition says nothing about the others.
   */
  public boolean behind(String query) {
    List<Row> newest =
        of(query)
            .where("size(offsets) > 1")
            .orderBy(col("started_at").desc())
            .selectExpr("exists(offsets, range -> range.end < range.latest)")
            .limit(1)
            .collectAsList();
    return !newest.isEmpty() && newest.get(0).getBoolean(0);
  }

  /** All micro-batches of a query by its name, as rows of {@link StreamAccount#SCHEMA}. */
  public Dataset<Row> of(String query) {
    return of(List.of(query));
  }

  /** All micro-batches of several queries. */
  public Dataset<Row> of(Collection<String> queries) {
    return (table.exists() ? complete() : spark.createDataFrame(List.of(), table.schema()))
        .where(col("query").isin(queries.toArray()));
  }

  /**
   * The ledger with all columns: a table created by an earlier version of this application lacks
   * some columns until the next append.
   */
  private Dataset<Row> complete() {
    Dataset<Row> rows = table.readOnce();
    List<String> stored = List.of(rows.columns());
    for (StructField field : StreamAccount.SCHEMA.fields()) {
      if (!stored.contains(field.name())) {
        rows = rows.withColumn(field.name(), lit(null).cast(field.dataType()));
      }
    }

    return rows;
  }

  public void append(List<StreamAccount> accounts) {
    table.create();
    table.append(accounts.stream().map(StreamAccount::toRow).toList());
  }
}
