package common.event;

import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructType;

/** Column names and types of events, the master dataset and the quarantine. */
public final class EventSchema {
  public static final String EVENT_ID = "event_id";
  public static final String DEVICE_ID = "device_id";
  public static final String EVENT_TIMESTAMP = "event_timestamp";
  public static final String EVENT_DATE = "event_date";
  public static final String TEMPERATURE = "temperature";
  public static final String ENERGY_CONSUMED = "energy_consumed";
  public static final String USER_ID = "user_id";
  public static final String EVENT_TYPE = "event_type";
  public static final String SESSION_DURATION = "session_duration";
  public static final String REVENUE = "revenue";

  /** Identifies duplicates of an event: the event_id, or else a hash of the body. */
  public static final String EVENT_KEY = "event_key";

  public static final String BODY = "body";
  public static final String SOURCE = "source";
  public static final String FILE = "file";
  public static final String PARTITION = "partition";
  public static final String OFFSET = "offset";
  public static final String RECORD_TIME = "record_time";
  public static final String INGESTED_AT = "ingested_at";
  public static final String INGESTION_DATE = "ingestion_date";
  public static final String SCHEMA_VERSION = "schema_version";
  public static final String REASON = "reason";
  public static final String DETAIL = "detail";

  /** Version of {@link #EVENT}, stored with each master row. */
  public static final int VERSION = 1;

  public static final DecimalType REVENUE_TYPE = DataTypes.createDecimalType(18, 4);

  /** The event: times are UTC, session_duration is in seconds. */
  public static final StructType EVENT =
      new StructType()
          .add(EVENT_ID, DataTypes.StringType)
          .add(DEVICE_ID, DataTypes.StringType)
          .add(EVENT_TIMESTAMP, DataTypes.TimestampType)
          .add(EVENT_DATE, DataTypes.DateType)
          .add(TEMPERATURE, DataTypes.DoubleType)
          .add(ENERGY_CONSUMED, DataTypes.DoubleType)
          .add(USER_ID, DataTypes.StringType)
          .add(EVENT_TYPE, DataTypes.StringType)
          .add(SESSION_DURATION, DataTypes.DoubleType)
          .add(REVENUE, REVENUE_TYPE);

  /** Where a record came from; for a text file, {@code offset} is the line number. */
  private static final StructType ORIGIN =
      new StructType()
          .add(SOURCE, DataTypes.StringType)
          .add(FILE, DataTypes.StringType)
          .add(PARTITION, DataTypes.IntegerType)
          .add(OFFSET, DataTypes.LongType)
          .add(RECORD_TIME, DataTypes.TimestampType);

  /**
   * A record as a source delivers it. {@code body}: the original bytes; {@code json}: the body
   * converted to a JSON object, for formats other than JSON, such as CSV; {@code fault}: why the
   * source could not read the body as a record.
   */
  public static final StructType RECORD =
      merge(
          new StructType().add(BODY, DataTypes.BinaryType),
          new StructType().add("json", DataTypes.BinaryType).add("fault", DataTypes.StringType),
          ORIGIN);

  /**
   * A row of {@code master/events}. The body comes last because Delta collects statistics only for
   * the columns before it.
   */
  public static final StructType MASTER =
      merge(
          EVENT,
          new StructType()
              .add(EVENT_KEY, DataTypes.StringType)
              .add(INGESTED_AT, DataTypes.TimestampType)
              .add(INGESTION_DATE, DataTypes.DateType),
          ORIGIN,
          new StructType()
              .add(SCHEMA_VERSION, DataTypes.IntegerType)
              .add(BODY, DataTypes.StringType));

  /** A row of {@code master/quarantine}: the reason's code, its detail and the original bytes. */
  public static final StructType QUARANTINE =
      merge(
          new StructType().add(REASON, DataTypes.StringType).add(DETAIL, DataTypes.StringType),
          ORIGIN,
          new StructType()
              .add(INGESTED_AT, DataTypes.TimestampType)
              .add(INGESTION_DATE, DataTypes.DateType)
              .add(BODY, DataTypes.BinaryType));

  private EventSchema() {}

  private static StructType merge(StructType... parts) {
    StructType merged = new StructType();
    for (StructType part : parts) {
      merged = merged.merge(part, true);
    }

    return merged;
  }
}
