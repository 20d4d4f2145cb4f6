package serving.reconcile;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.explode;
import static org.apache.spark.sql.functions.lag;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.when;

import common.event.EventSchema;
import common.settings.Duplicates;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;

/**
 * The outcome of each event of the master dataset in the speed layer, derived from the ledger: the
 * event's partition and offset identify the micro-batch that read it, and the watermark of that
 * micro-batch decides whether the event was late, and whether an earlier duplicate was still in the
 * state.
 */
final class Arrivals {
  /** Column that holds one of the constants below. */
  static final String OUTCOME = "outcome";

  static final String COUNTED = "counted";
  static final String LATE = "late";
  static final String DUPLICATE = "duplicate";

  /** A duplicate that was counted, because the state did not hold the first arrival. */
  static final String COUNTED_AGAIN = "counted-again";

  /** Not read by any micro-batch yet. */
  static final String AHEAD = "not-read-yet";

  /** At an offset before the speed job's starting offset. */
  static final String BEFORE_START = "before-start";

  private final Duration lateTolerance;
  private final Duplicates duplicates;

  /** Traces a speed job that has these settings. */
  Arrivals(Duration lateTolerance, Duplicates duplicates) {
    this.lateTolerance = lateTolerance;
    this.duplicates = duplicates;
  }

  /**
   * Adds {@link #OUTCOME}.
   *
   * @param master rows of {@link EventSchema#MASTER} for whole event dates; rows that came from
   *     files count as read
   * @param progress ledger of the view's query, rows of {@link common.ops.StreamAccount#SCHEMA}
   */
  Dataset<Row> traced(Dataset<Row> master, Dataset<Row> progress) {
    Dataset<Row> newest = progress.agg(max_by(col("query_id"), col("started_at")).as("query_id"));
    Dataset<Row> ranges =
        progress
            .join(newest, "query_id")
            .groupBy("query_id", "batch_id")
            .agg(
                max_by(col("offsets"), col("started_at")).as("offsets"),
                max_by(col("late_before"), col("started_at")).as("late_before"))
            .select(col("batch_id"), col("late_before"), explode(col("offsets")).as("range"))
            .select(
                col("batch_id"),
                col("late_before"),
                concat(lit("kafka:"), col("range.topic")).as("topic"),
                col("range.partition").as("of_partition"),
                col("range.start").as("start"),
                col("range.end").as("end"));
    Dataset<Row> starts =
        ranges
            .groupBy(col("topic").as("start_topic"), col("of_partition").as("start_partition"))
            .agg(min("start").as("first"), max("end").as("next"));
    // Events of a few dates come from only a few micro-batches of a long ledger.
    Row span =
        master
            .where(col(EventSchema.SOURCE).startsWith("kafka:"))
            .agg(min(EventSchema.OFFSET), max(EventSchema.OFFSET))
            .first();
    Dataset<Row> near =
        span.isNullAt(0)
            ? ranges.limit(0)
            : ranges.where(
                col("end").gt(lit(span.getLong(0))).and(col("start").leq(lit(span.getLong(1)))));
    Dataset<Row> placed =
        master
            .join(
                functions.broadcast(near),
                col("topic")
                    .equalTo(col(EventSchema.SOURCE))
                    .and(col("of_partition").equalTo(col(EventSchema.PARTITION)))
                    .and(col(EventSchema.OFFSET).geq(col("start")))
                    .and(col(EventSchema.OFFSET).lt(col("end"))),
                "left")
            .join(
                functions.broadcast(starts),
                col("start_topic")
                    .equalTo(col(EventSchema.SOURCE))
                    .and(col("start_partition").equalTo(col(EventSchema.PARTITION))),
                "left");
    Column fromKafka = col(EventSchema.SOURCE).startsWith("kafka:");
    Column place =
        when(fromKafka.unary_$bang(), lit(COUNTED))
            .when(col("batch_id").isNotNull(), lit(COUNTED))
            .when(col(EventSchema.OFFSET).lt(col("first")), lit(BEFORE_START))
            .otherwise(lit(AHEAD));
    Column late = col(EventSchema.EVENT_TIMESTAMP).leq(col("late_before"));
    return deduplicated(
        placed.withColumn(OUTCOME, when(coalesce(late, lit(false)), lit(LATE)).otherwise(place)));
  }

  /**
   * Mirrors the speed job: either Spark's deduplication within the watermark, where a key stays in
   * the state until it expires, or no deduplication.
   */
  private Dataset<Row> deduplicated(Dataset<Row> placed) {
    List<Column> sameEvent =
        List.of(
            col(EventSchema.EVENT_DATE),
            col(EventSchema.EVENT_KEY),
            col(OUTCOME).equalTo(lit(COUNTED)));
    WindowSpec inOrder =
        Window.partitionBy(sameEvent.toArray(Column[]::new))
            .orderBy(coalesce(col("batch_id"), lit(-1L)), col(EventSchema.OFFSET));
    Column previous = lag(col(EventSchema.EVENT_TIMESTAMP), 1).over(inOrder);
    Column expiresAt =
        col("previous")
            .plus(
                functions.expr(
                    "INTERVAL '%s' SECOND"
                        .formatted(BigDecimal.valueOf(lateTolerance.toMillis(), 3))));
    Column expired =
        switch (duplicates) {
          case drop -> coalesce(col("late_before").geq(expiresAt), lit(false));
          // Events from files were not counted by the stream.
          case count -> lag(col("batch_id"), 1).over(inOrder).isNotNull();
        };
    return placed
        .withColumn("previous", previous)
        .withColumn(
            OUTCOME,
            when(col(OUTCOME).notEqual(lit(COUNTED)).or(col("previous").isNull()), col(OUTCOME))
                .when(expired, lit(COUNTED_AGAIN))
                .otherwise(lit(DUPLICATE)));
  }

  /** Whether the speed layer counted the event. */
  static Column counted() {
    return col(OUTCOME).isin(COUNTED, COUNTED_AGAIN);
  }
}
