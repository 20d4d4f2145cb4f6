package common.event;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.Iterator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;

/**
 * Deduplicates events: the first arrival among duplicates is kept, so that a rerun keeps the same
 * event.
 *
 * <p>Duplicates share event_key and event_date. Because duplicates carry the same event time,
 * deduplicating within a date suffices. Dates can therefore be recomputed one by one with the same
 * result as a full computation.
 */
public final class FirstArrivals {
  private static final String ARRIVAL = "arrival";
  private static final String HASH = "event_hash";

  private static final String[] ORDER = {
    EventSchema.INGESTED_AT,
    EventSchema.SOURCE,
    EventSchema.FILE,
    EventSchema.PARTITION,
    EventSchema.OFFSET
  };

  private static final Column[] EVENT = columns(EventSchema.EVENT.fieldNames());

  private FirstArrivals() {}

  /**
   * Drops later duplicates and the columns that only ingest needs. Every row is shuffled and
   * sorted.
   *
   * @param master rows of {@link EventSchema#MASTER}, whole event dates
   */
  public static Dataset<Row> of(Dataset<Row> master) {
    return first(ranked(master));
  }

  /** All rows, without the columns that only ingest needs. */
  public static Dataset<Row> events(Dataset<Row> master) {
    return master.select(EVENT);
  }

  /** The events with their rank of arrival among duplicates, from 1. */
  public static Dataset<Row> ranked(Dataset<Row> master) {
    WindowSpec duplicates =
        Window.partitionBy(EventSchema.EVENT_DATE, EventSchema.EVENT_KEY).orderBy(columns(ORDER));
    Column[] ranked =
        Stream.concat(Stream.of(EVENT), Stream.of(col(ARRIVAL))).toArray(Column[]::new);
    return master.withColumn(ARRIVAL, row_number().over(duplicates)).select(ranked);
  }

  /** The first arrivals among ranked rows. */
  public static Dataset<Row> first(Dataset<Row> ranked) {
    return events(ranked.where(col(ARRIVAL).equalTo(1)));
  }

  /** The later duplicates among ranked rows. */
  public static Dataset<Row> later(Dataset<Row> ranked) {
    return ranked.where(col(ARRIVAL).gt(1));
  }

  /**
   * Hashes that occur more than once: few hashes, if producers rarely send duplicates. Different
   * events may share a hash; duplicates always do. Only hashes are shuffled.
   *
   * @param master rows of {@link EventSchema#MASTER}
   * @return one column of distinct bigints
   */
  public static Dataset<Row> repeated(Dataset<Row> master) {
    MapPartitionsFunction<Long, Long> repeated = FirstArrivals::repeated;
    Dataset<Row> hashes = master.select(hash().as(HASH));
    return hashes
        .repartition(col(HASH))
        .sortWithinPartitions(HASH)
        .as(Encoders.LONG())
        .mapPartitions(repeated, Encoders.LONG())
        .toDF(HASH);
  }

  /** The rows whose hash is repeated. */
  public static Dataset<Row> suspects(Dataset<Row> master, Dataset<Row> repeated) {
    return joined(master, repeated, "left_semi");
  }

  /** The rows whose hash is not repeated, without the columns that only ingest needs. */
  public static Dataset<Row> unique(Dataset<Row> master, Dataset<Row> repeated) {
    return events(joined(master, repeated, "left_anti"));
  }

  private static Dataset<Row> joined(Dataset<Row> master, Dataset<Row> repeated, String how) {
    return master.join(repeated, hash().equalTo(repeated.col(HASH)), how);
  }

  private static Column hash() {
    return xxhash64(col(EventSchema.EVENT_DATE), col(EventSchema.EVENT_KEY));
  }

  /** The distinct values that occur more than once. */
  private static Iterator<Long> repeated(Iterator<Long> sorted) {
    Iterable<Long> hashes = () -> sorted;
    Run run = new Run();
    return StreamSupport.stream(hashes.spliterator(), false).filter(run::isSecond).iterator();
  }

  /** Consecutive equal hashes. */
  private static final class Run {
    private long hash;
    private long length;

    boolean isSecond(long next) {
      length = length > 0 && next == hash ? length + 1 : 1;
      hash = next;
      return length == 2;
    }
  }

  private static Column[] columns(String... names) {
    return Stream.of(names).map(functions::col).toArray(Column[]::new);
  }
}
