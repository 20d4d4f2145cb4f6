package serving.health;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.max_by;
import static org.apache.spark.sql.functions.min_by;
import static org.apache.spark.sql.functions.percentile_approx;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import common.lake.Lake;
import common.ops.Heartbeats;
import common.ops.StreamAccount;
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

/** Reads facts about streaming queries from the ledger and the heartbeats, in one Spark job. */
final class StreamReader {
  private static final Duration LAST = Duration.ofHours(1);
  private static final int ACCURACY = 1_000;

  /** {@link common.ops.StreamAccount#latency} in SQL, in milliseconds. */
  private static final String LATENCY_MILLIS =
      "unix_millis(started_at) + duration_ms - unix_millis(oldest_record)";

  private final Heartbeats heartbeats;
  private final Map<String, Row> byQuery = new HashMap<>();

  /**
   * Reads the ledger.
   *
   * @param queries names of the queries
   * @param recent how far back {@link #ledger} considers micro-batches
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
    Column reported = when(fromTopic.and(completed), col("started_at"));
    new StreamProgress(spark, lake)
        .of(queries)
        .groupBy("query")
        .agg(
            max(when(fromTopic, col("started_at"))).as("last_seen"),
            max("newest_event").as("newest_event"),
            p95(when(lately.and(completed), col("duration_ms"))).as("p95"),
            max(when(lately.and(completed), col("duration_ms"))).as("longest"),
            p95(when(lately.and(completed), expr(LATENCY_MILLIS))).as("latency"),
            max(when(lately, expr("1000 * read div greatest(duration_ms, 1)"))).as("per_second"),
            max(when(lately, col("read"))).as("most_records"),
            max_by(backlog, reported).as("backlog"),
            min_by(backlog, when(lately, reported)).as("earlier_backlog"),
            max_by(col("state_rows"), when(completed, col("started_at"))).as("state_rows"),
            max_by(col("state_bytes"), when(completed, col("started_at"))).as("state_bytes"),
            sum(when(lately, col("read"))).as("read"),
            sum(when(lately, col("late"))).as("late"),
            sum(when(lately, col("rejected"))).as("rejected"),
            sum(when(lately, col("out_of_order"))).as("out_of_order"),
            count_if(counted.and(col("read").notEqual(split))).as("unbalanced"),
            count_if(counted.and(col("read").lt(col("spanned")))).as("incomplete"),
            count_if(counted.and(col("read").isNull())).as("unknown"))
        .collectAsList()
        .forEach(row -> byQuery.put(row.getAs("query"), row));
  }

  private static Column p95(Column number) {
    return percentile_approx(number, lit(0.95), lit(ACCURACY));
  }

  /** The facts about a query. */
  QueryFacts query(String label, String query, Duration interval) {
    Optional<Row> found = Optional.ofNullable(byQuery.get(query));
    Optional<Instant> lastSeen =
        Stream.concat(
                found.map(row -> row.<Instant>getAs("last_seen")).stream(),
                heartbeats.last(query).stream())
            .max(Instant::compareTo);
    return new QueryFacts(
        label,
        interval,
        lastSeen,
        found.map(row -> row.getAs("newest_event")),
        found.map(StreamReader::pace).orElse(QueryFacts.Pace.UNKNOWN),
        found.flatMap(StreamReader::backlog),
        found.map(StreamReader::records).orElse(QueryFacts.Records.NONE),
        found.map(StreamReader::state).orElse(StreamAccount.State.EMPTY));
  }

  private static StreamAccount.State state(Row row) {
    return new StreamAccount.State(
        number(row, "state_rows").orElse(0L), number(row, "state_bytes").orElse(0L));
  }

  private static QueryFacts.Pace pace(Row row) {
    return new QueryFacts.Pace(
        number(row, "p95").map(Duration::ofMillis),
        number(row, "longest").map(Duration::ofMillis),
        number(row, "latency").map(Duration::ofMillis),
        number(row, "most_records")
            .filter(most -> most > 0)
            .map(most -> new QueryFacts.Capacity(row.getAs("per_second"), most)));
  }

  private static Optional<QueryFacts.Backlog> backlog(Row row) {
    Optional<Long> earlier = number(row, "earlier_backlog");
    return number(row, "backlog")
        .map(now -> new QueryFacts.Backlog(now, now - earlier.orElse(now)));
  }

  private static QueryFacts.Records records(Row row) {
    return new QueryFacts.Records(
        number(row, "read").orElse(0L),
        number(row, "late").orElse(0L),
        number(row, "rejected").orElse(0L),
        number(row, "out_of_order"));
  }

  /** Whether the record counts of a query's recent micro-batches add up. */
  LayerFacts.Ledger ledger(String query) {
    return Optional.ofNullable(byQuery.get(query))
        .map(
            row ->
                new LayerFacts.Ledger(
                    row.getAs("unbalanced"), row.getAs("incomplete"), row.getAs("unknown")))
        .orElse(new LayerFacts.Ledger(0, 0, 0));
  }

  private static Optional<Long> number(Row row, String name) {
    return Optional.ofNullable(row.getAs(name));
  }
}
