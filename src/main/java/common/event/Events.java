package common.event;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.to_date;
import static org.apache.spark.sql.functions.udf;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Records in, events and rejections out: what ingest and the speed job share.
 *
 * <p>The parser is one UDF over the bytes; it is declared nondeterministic so that Spark runs it
 * once a record instead of once for each filter and column that uses its result.
 */
public final class Events {
  private static final StructType PARSED =
      EventSchema.EVENT
          .add(EventSchema.REASON, DataTypes.StringType)
          .add(EventSchema.DETAIL, DataTypes.StringType);

  private Events() {}

  /**
   * Parses each record.
   *
   * @param records rows of {@link EventSchema#RECORD}
   * @param now when the records arrived, the clock that a future event is held against
   * @return the same rows with {@code parsed}: the event's columns, or reason and detail
   */
  public static Dataset<Row> parse(Dataset<Row> records, Duration maxFutureSkew, Column now) {
    UserDefinedFunction parse = udf(parser(maxFutureSkew), PARSED).asNondeterministic();
    return records
        .withColumn(EventSchema.INGESTED_AT, now)
        .withColumn("parsed", parse.apply(payload(), col("fault"), col(EventSchema.INGESTED_AT)));
  }

  /** Whether a parsed row is an event. */
  public static Column accepted() {
    return col("parsed." + EventSchema.REASON).isNull();
  }

  /** The events among parsed rows, as rows of {@link EventSchema#MASTER}. */
  public static Dataset<Row> accepted(Dataset<Row> parsed) {
    Column event = payload();
    Column bodyHash = concat(lit("sha256:"), sha2(event, 256));
    return columns(
        parsed
            .where(accepted())
            .withColumn(
                EventSchema.EVENT_KEY, coalesce(col("parsed." + EventSchema.EVENT_ID), bodyHash))
            .withColumn(EventSchema.SCHEMA_VERSION, lit(EventSchema.VERSION))
            .withColumn(EventSchema.BODY, event.cast(DataTypes.StringType)),
        EventSchema.MASTER);
  }

  /** The others, as rows of {@link EventSchema#QUARANTINE}. */
  public static Dataset<Row> rejected(Dataset<Row> parsed) {
    return columns(parsed.where(accepted().unary_$bang()), EventSchema.QUARANTINE);
  }

  /** The wire event: the body, or what a source made of it. */
  private static Column payload() {
    return coalesce(col("json"), col(EventSchema.BODY));
  }

  private static Dataset<Row> columns(Dataset<Row> rows, StructType schema) {
    Column[] columns =
        Arrays.stream(schema.fieldNames()).map(Events::column).toArray(Column[]::new);
    return rows.select(columns);
  }

  private static Column column(String name) {
    boolean parsed = Arrays.asList(PARSED.fieldNames()).contains(name);
    if (parsed) {
      return col("parsed." + name);
    }

    return name.equals(EventSchema.INGESTION_DATE)
        ? to_date(col(EventSchema.INGESTED_AT)).as(name)
        : col(name);
  }

  private static UDF3<byte[], String, Instant, Row> parser(Duration maxFutureSkew) {
    EventParser parser = new EventParser(maxFutureSkew);
    return (body, fault, now) -> {
      Object[] values = new Object[PARSED.length()];
      try {
        if (fault != null) {
          throw new RejectedRecord(Rejection.MALFORMED_RECORD, fault);
        }

        Object[] event = parser.parse(body, now);
        System.arraycopy(event, 0, values, 0, event.length);
      } catch (RejectedRecord rejected) {
        values[PARSED.fieldIndex(EventSchema.REASON)] = rejected.rejection().code();
        values[PARSED.fieldIndex(EventSchema.DETAIL)] = rejected.getMessage();
      }

      return RowFactory.create(values);
    };
  }
}
