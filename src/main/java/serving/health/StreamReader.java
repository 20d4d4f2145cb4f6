package serving.health;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.percentile_approx;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import common.lake.Lake;
import common.ops.Heartbeats;
import common.ops.StreamProgress;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Reads what the ledger and the heartbeats say about streaming queries, in one Spark job. */
final class StreamReader {
  private static final Duration LAST = Duration.ofHours(1);
  private static final int ACCURACY = 1_000;

  /** As {@link common.ops.StreamAccount#latency}. */
  private static final String LATENCY_MILLIS =
      "unix_millis(started_at) + duration_ms - unix_millis(oldest_record)";

  private final Heartbeats heartbeats;
  private final Map<String, Row> byQuery = new HashMap<>();

  /**
   * Reads the ledger.
   *
   * @param queries names of the queries
   * @param recent how far back micro-batches count for {@link #ledger}
   */
  StreamReader(
      SparkSession spark, Lake lake, Collection<String> queries, Instant now, Duration recent) {
    this.heartbeats = new Heartbeats(lake);
    Column lately = col("started_at").geq(lit(now.minus(LAST)));
    Column counted = col("started_at").geq(lit(now.minus(recent)));
    Column split = col("counted").plus(col("duplicate")).plus(col("late")).plus(col("rejected"));
    Column fromTopic = size(col("offsets")).gt(0);
    Column completed = col("read").isNotNull();
    Column backlog = expr("aggregate(offsets, 0L, (sum, part) -> sum + part.latest - part.end)");
    new StreamProgress(spark, lake)
        .of(queries)
        .groupBy("query")
        .agg(
            max(when(fromTopic, col("started_at"))),
            max("newest_event"),
            percentile_approx(
                when(lately.and(completed), col("duration_ms")), lit(0.95), lit(ACCURACY)),
            max_by(backlog, when(fromTopic.and(completed), col("started_at"))),
            max_by(col("state_rows"), when(completed, col("started_at"))),
            sum(when(lately, col("read"))),
            sum(when(lately, col("late"))),
            sum(when(lately, col("rejected"))),
            percentile_approx(
                when(lately.and(completed), expr(LATENCY_MILLIS)), lit(0.95), lit(ACCURACY)),
            count_if(counted.and(col("read").notEqual(split))),
            count_if(counted.and(col("read").lt(col("spanned")))),
            count_if(counted.and(col("read").isNull())))
        .collectAsList()
        .forEach(row -> byQuery.put(row.getString(0), row));
  }

  /** Facts about a query. */
  QueryFacts query(String label, String query, Duration interval) {
    Optional<Row> found = Optional.ofNullable(byQuery.get(query));
    Optional<Instant> lastSeen =
        Stream.concat(found.map(row -> row.getInstant(1)).stream(), heartbeats.last(query).stream())
            .max(Instant::compareTo);
    return new QueryFacts(
        label,
        interval,
        lastSeen,
        found.map(row -> row.getInstant(2)),
        found.flatMap(row -> number(row, 3)).map(Duration::ofMillis),
        found.flatMap(row -> number(row, 9)).map(Duration::ofMillis),
        found.flatMap(row -> number(row, 4)),
        number(found, 6),
        number(found, 7),
        number(found, 8),
        number(found, 5));
  }

  /** How the records of a query's recent micro-batches add up. */
  LayerFacts.Ledger ledger(String query) {
    Optional<Row> found = Optional.ofNullable(byQuery.get(query));
    return new LayerFacts.Ledger(number(found, 10), number(found, 11), number(found, 12));
  }

  private static long number(Optional<Row> row, int at) {
    return row.flatMap(found -> number(found, at)).orElse(0L);
  }

  private static Optional<Long> number(Row row, int at) {
    return row.isNullAt(at) ? Optional.empty() : Optional.of(row.getLong(at));
  }
}
