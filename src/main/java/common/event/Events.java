package common.event;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.date_from_unix_date;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.timestamp_micros;
import static org.apache.spark.sql.functions.to_date;
import static org.apache.spark.sql.functions.udf;
import static org.apache.spark.sql.functions.unix_micros;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.api.java.UDF3;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Turns records into events and rejections, for ingest and the speed job alike.
 *
 * <p>The parser is one UDF over the bytes. The UDF is declared nondeterministic so that Spark runs
 * it once per record, instead of once for each filter and column that uses the result.
 */
public final class Events {
  private static final String PARSED = "parsed";

  private static final StructType PARSED_TYPE =
      EventParser.PARSED
          .add(EventSchema.REASON, DataTypes.StringType)
          .add(EventSchema.DETAIL, DataTypes.StringType);

  private static final int REASON = PARSED_TYPE.fieldIndex(EventSchema.REASON);
  private static final int DETAIL = PARSED_TYPE.fieldIndex(EventSchema.DETAIL);

  private Events() {}

  /**
   * Parses each record.
   *
   * @param records rows of {@link EventSchema#RECORD}
   * @param now when the records arrived; events further in the future than the maximum skew are
   *     rejected
   * @return the same rows with {@code parsed}: the event's columns, or reason and detail
   */
  public static Dataset<Row> parse(Dataset<Row> records, Duration maxFutureSkew, Column now) {
    UserDefinedFunction parse = udf(parser(maxFutureSkew), PARSED_TYPE).asNondeterministic();
    return records
        .withColumn(EventSchema.INGESTED_AT, now)
        .withColumn(
            PARSED,
            parse.apply(payload(), col("fault"), unix_micros(col(EventSchema.INGESTED_AT))));
  }

  /**
   * Parsed rows without the columns of their records, for callers that need neither body nor
   * origin.
   */
  public static Dataset<Row> withoutRecord(Dataset<Row> parsed) {
    return parsed.select(PARSED);
  }

  /** Why a parsed row is rejected; null for an event. */
  public static Column reason() {
    return col(PARSED + "." + EventSchema.REASON);
  }

  /** The event time of a parsed row, a timestamp; null for a rejected record. */
  public static Column time() {
    return timestamp_micros(parsed(EventSchema.EVENT_TIMESTAMP));
  }

  /** Whether a parsed row is an event. */
  public static Column accepted() {
    return reason().isNull();
  }

  /** The events among parsed rows: the columns of {@link EventSchema#EVENT}, and event_key. */
  public static Dataset<Row> keyed(Dataset<Row> parsed) {
    return columns(
        parsed.where(accepted()),
        EventSchema.EVENT.add(EventSchema.EVENT_KEY, DataTypes.StringType));
  }

  /** The events among parsed rows, as rows of {@link EventSchema#MASTER}. */
  public static Dataset<Row> accepted(Dataset<Row> parsed) {
    return columns(
        parsed
            .where(accepted())
            .withColumn(EventSchema.SCHEMA_VERSION, lit(EventSchema.VERSION))
            .withColumn(EventSchema.BODY, payload().cast(DataTypes.StringType)),
        EventSchema.MASTER);
  }

  /** The rejected records among parsed rows, as rows of {@link EventSchema#QUARANTINE}. */
  public static Dataset<Row> rejected(Dataset<Row> parsed) {
    return columns(parsed.where(accepted().unary_$bang()), EventSchema.QUARANTINE);
  }

  /** The wire event: the source's JSON form if present, otherwise the body. */
  private static Column payload() {
    return coalesce(col("json"), col(EventSchema.BODY));
  }

  private static Dataset<Row> columns(Dataset<Row> rows, StructType schema) {
    Column[] columns =
        Arrays.stream(schema.fieldNames()).map(Events::column).toArray(Column[]::new);
    return rows.select(columns);
  }

  private static Column column(String name) {
    return switch (name) {
      case EventSchema.EVENT_TIMESTAMP -> time().as(name);
      case EventSchema.EVENT_DATE -> date_from_unix_date(parsed(name)).as(name);
      case EventSchema.INGESTION_DATE -> to_date(col(EventSchema.INGESTED_AT)).as(name);
      default -> List.of(PARSED_TYPE.fieldNames()).contains(name) ? parsed(name) : col(name);
    };
  }

  private static Column parsed(String name) {
    return col(PARSED + "." + name);
  }

  private static UDF3<byte[], String, Long, Row> parser(Duration maxFutureSkew) {
    EventParser parser = new EventParser(maxFutureSkew);
    return (body, fault, now) -> {
      Object[] values = new Object[PARSED_TYPE.length()];
      try {
        if (fault != null) {
          throw new RejectedRecord(Rejection.MALFORMED_RECORD, fault);
        }

        Object[] event = parser.parse(body, now);
        System.arraycopy(event, 0, values, 0, event.length);
      } catch (RejectedRecord rejected) {
        values[REASON] = rejected.rejection().code();
        values[DETAIL] = rejected.getMessage();
      }

      return RowFactory.create(values);
    };
  }
}
