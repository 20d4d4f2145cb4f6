package common.event;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.row_number;

import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
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
  private static final Column[] EVENT =
      Stream.of(EventSchema.EVENT.fieldNames()).map(functions::col).toArray(Column[]::new);

  private FirstArrivals() {}

  /**
   * Drops later copies, and the columns that only ingest needs.
   *
   * @param master rows of {@link EventSchema#MASTER}, whole event dates
   */
  public static Dataset<Row> of(Dataset<Row> master) {
    WindowSpec copies =
        Window.partitionBy(EventSchema.EVENT_DATE, EventSchema.EVENT_KEY)
            .orderBy(
                EventSchema.INGESTED_AT,
                EventSchema.SOURCE,
                EventSchema.FILE,
                EventSchema.PARTITION,
                EventSchema.OFFSET);
    return master
        .withColumn("arrival", row_number().over(copies))
        .where(col("arrival").equalTo(1))
        .select(EVENT);
  }
}
