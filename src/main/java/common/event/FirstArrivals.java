package common.event;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.xxhash64;

import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.expressions.WindowSpec;
import org.apache.spark.sql.functions;

/**
 * Each event once: of the copies of an event the one that arrived first, so that a rerun keeps the
 * same one.
 *
 * <p>Copies share event_key and event_date. They are sought within the date because a copy carries
 * its event's time, and so that dates can be recomputed one by one with the result of the whole.
 */
public final class FirstArrivals {
  private static final String COPY = "copy";
  private static final String HASH = "copies_hash";

  private static final Column[] EVENT =
      Stream.of(EventSchema.EVENT.fieldNames()).map(functions::col).toArray(Column[]::new);

  private FirstArrivals() {}

  /**
   * Drops later copies, and the columns that only ingest needs. Every row is shuffled and sorted.
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

  /** Adds which copy of its event a row is, counted from 1. */
  public static Dataset<Row> ranked(Dataset<Row> master) {
    WindowSpec copies =
        Window.partitionBy(EventSchema.EVENT_DATE, EventSchema.EVENT_KEY)
            .orderBy(
                EventSchema.INGESTED_AT,
                EventSchema.SOURCE,
                EventSchema.FILE,
                EventSchema.PARTITION,
                EventSchema.OFFSET);
    return master.withColumn(COPY, row_number().over(copies));
  }

  /** The first copies among ranked rows, without the columns that only ingest needs. */
  public static Dataset<Row> first(Dataset<Row> ranked) {
    return events(ranked.where(col(COPY).equalTo(1)));
  }

  /** The other copies among ranked rows. */
  public static Dataset<Row> later(Dataset<Row> ranked) {
    return ranked.where(col(COPY).gt(1));
  }

  /**
   * The hashes that more than one row has: few where producers seldom repeat themselves. A hash may
   * be shared by different events, but never do copies have different ones. Only the hashes are
   * shuffled.
   *
   * @param master rows of {@link EventSchema#MASTER}
   * @return one column of distinct bigints
   */
  public static Dataset<Row> repeated(Dataset<Row> master) {
    MapPartitionsFunction<Long, Long> repeated = FirstArrivals::repeated;
    Dataset<Row> hashes = master.select(hash().as(HASH));
    return hashes
        .repartition(col(HASH))
        .as(Encoders.LONG())
        .mapPartitions(repeated, Encoders.LONG())
        .toDF(HASH);
  }

  /** The rows that may have copies. */
  public static Dataset<Row> suspects(Dataset<Row> master, Dataset<Row> repeated) {
    return joined(master, repeated, "left_semi");
  }

  /** The other rows, without the columns that only ingest needs. */
  public static Dataset<Row> unique(Dataset<Row> master, Dataset<Row> repeated) {
    return events(joined(master, repeated, "left_anti"));
  }

  private static Dataset<Row> joined(Dataset<Row> master, Dataset<Row> repeated, String how) {
    return master.join(repeated, hash().equalTo(repeated.col(HASH)), how);
  }

  private static Column hash() {
    return xxhash64(col(EventSchema.EVENT_DATE), col(EventSchema.EVENT_KEY));
  }

  private static Iterator<Long> repeated(Iterator<Long> partition) {
    long[] hashes = new long[1024];
    int size = 0;
    while (partition.hasNext()) {
      if (size == hashes.length) {
        hashes = Arrays.copyOf(hashes, 2 * size);
      }

      hashes[size++] = partition.next();
    }

    Arrays.sort(hashes, 0, size);
    long[] sorted = hashes;
    int end = size;
    return LongStream.range(1, end)
        .mapToInt(Math::toIntExact)
        .filter(i -> sorted[i] == sorted[i - 1] && (i == 1 || sorted[i] != sorted[i - 2]))
        .mapToObj(i -> sorted[i])
        .iterator();
  }
}
