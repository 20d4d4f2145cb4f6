package common.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.count_if;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;
import static org.apache.spark.sql.functions.min;

import common.event.EventSchema;
import common.event.Events;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The observations of a running query for its ledger: records before the parser, and events as they
 * are counted, so that losses show up as an imbalance.
 */
public final class Observations {
  static final String RECORDS = "records";
  static final String READ = "read";
  static final String REJECTED = "rejected";

  static final String OUT_OF_ORDER = "out_of_order";
  private static final String ARRIVED = "arrived";
  private static final String LATE = "late";
  private static final String COUNTED = "counted";
  private static final String EVENTS = "events";
  static final String OLDEST = "oldest";
  private static final String NEWEST = "newest";

  private Observations() {}

  /**
   * Observes how many records were read, how many of them are invalid, how many are out of order,
   * and the time of the oldest record.
   *
   * @param parsed parsed rows with their records
   * @param outOfOrder whether a record is out of order; may be null
   */
  public static Dataset<Row> ofRecords(Dataset<Row> parsed, Column outOfOrder) {
    return parsed
        .withColumn(OUT_OF_ORDER, outOfOrder)
        .observe(
            RECORDS,
            count(lit(1)).as(READ),
            count_if(Events.accepted().unary_$bang()).as(REJECTED),
            count_if(col(OUT_OF_ORDER)).as(OUT_OF_ORDER),
            min(EventSchema.RECORD_TIME).as(OLDEST))
        .drop(OUT_OF_ORDER);
  }

  /**
   * Observes how many events are late, for a query that has no stateful operator to count them.
   *
   * @param late whether an event is late
   */
  public static Dataset<Row> ofLate(Dataset<Row> events, Column late) {
    return events.observe(ARRIVED, count_if(late).as(LATE));
  }

  /** Observes how many events are counted, and their oldest and newest times. */
  public static Dataset<Row> ofCounted(Dataset<Row> events) {
    return events.observe(
        COUNTED,
        count(lit(1)).as(EVENTS),
        min(EventSchema.EVENT_TIMESTAMP).as(OLDEST),
        max(EventSchema.EVENT_TIMESTAMP).as(NEWEST));
  }

  /** The observed counts of the records of a micro-batch; empty when Spark observed none. */
  static Optional<Records> records(Map<String, Row> observed) {
    return Optional.ofNullable(observed.get(RECORDS))
        .map(
            row ->
                new Records(
                    row.getAs(READ),
                    row.getAs(REJECTED),
                    row.getAs(OUT_OF_ORDER),
                    time(row, OLDEST)));
  }

  /** How many late events were observed; 0 when the query does not observe them. */
  static long late(Map<String, Row> observed) {
    return Optional.ofNullable(observed.get(ARRIVED)).map(row -> row.<Long>getAs(LATE)).orElse(0L);
  }

  /** The observed count and times of the events; empty when the query does not observe them. */
  static Optional<Counted> counted(Map<String, Row> observed) {
    return Optional.ofNullable(observed.get(COUNTED))
        .map(row -> new Counted(row.getAs(EVENTS), time(row, OLDEST), time(row, NEWEST)));
  }

  private static Optional<Instant> time(Row row, String name) {
    return Optional.ofNullable(row.<Instant>getAs(name));
  }

  /**
   * Records of a micro-batch.
   *
   * @param oldest time of the oldest record; empty if the source provides none
   */
  record Records(long read, long rejected, long outOfOrder, Optional<Instant> oldest) {}

  /**
   * Events that are counted.
   *
   * @param oldest empty when there are no events
   */
  record Counted(long events, Optional<Instant> oldest, Optional<Instant> newest) {}
}
