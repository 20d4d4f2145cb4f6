package common.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.Serializable;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Reads one wire event, a JSON object in UTF-8, in a single streaming pass.
 *
 * <p>A field of the wrong type rejects the record; an unknown field is skipped (the master keeps
 * the body); null means absent. Malformed JSON takes precedence over errors in fields. Of several
 * field errors, the first one in the body is reported; a missing required field is reported only if
 * there is no other error.
 */
final class EventParser implements Serializable {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  /**
   * An event: the columns of {@link EventSchema#EVENT}, and its event_key. Times are microseconds
   * and the date is days since 1970, as Spark represents them internally.
   */
  static final StructType PARSED =
      new StructType(
              Arrays.stream(EventSchema.EVENT.fields())
                  .map(
                      column ->
                          new StructField(
                              column.name(), parsed(column.dataType()), true, Metadata.empty()))
                  .toArray(StructField[]::new))
          .add(EventSchema.EVENT_KEY, DataTypes.StringType);

  private static final long MICROS_PER_DAY = 86_400_000_000L;

  private final long maxFutureSkewMicros;

  EventParser(Duration maxFutureSkew) {
    this.maxFutureSkewMicros =
        TimeUnit.SECONDS.toMicros(1) * maxFutureSkew.toSeconds()
            + maxFutureSkew.toNanosPart() / 1_000;
  }

  private static DataType parsed(DataType type) {
    if (type.equals(DataTypes.TimestampType)) {
      return DataTypes.LongType;
    }

    return type.equals(DataTypes.DateType) ? DataTypes.IntegerType : type;
  }

  /**
   * Reads one event.
   *
   * @param now current time in microseconds since 1970, which an event may exceed by at most the
   *     allowed skew
   * @return the values of {@link #PARSED}, in its order
   */
  Object[] parse(byte[] body, long now) throws RejectedRecord {
    requireUtf8(body);
    Map<WireField, Object> values = new EnumMap<>(WireField.class);
    try (JsonParser json = JSON.createParser(body)) {
      JsonToken first = json.nextToken();
      if (first == null) {
        throw new RejectedRecord(Rejection.EMPTY_BODY, "the body is blank");
      }

      if (first != JsonToken.START_OBJECT) {
        readToEnd(json);
        throw new RejectedRecord(Rejection.NOT_AN_OBJECT, "the body is not a JSON object");
      }

      RejectedRecord fault = null;
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        WireField field = WireField.named(name).orElse(null);
        if (field == null || fault != null) {
          json.skipChildren();
          continue;
        }

        try {
          if (values.containsKey(field)) {
            throw new RejectedRecord(Rejection.DUPLICATE_FIELD, name + " is a duplicate field");
          }

          values.put(field, WireValue.read(field, json));
        } catch (RejectedRecord rejected) {
          fault = rejected;
          json.skipChildren();
        }
      }

      if (json.nextToken() != null) {
        throw new RejectedRecord(Rejection.MALFORMED_JSON, "there is text after the JSON object");
      }

      if (fault != null) {
        throw fault;
      }
    } catch (IOException malformed) {
      throw new RejectedRecord(Rejection.MALFORMED_JSON, firstLine(malformed));
    }

    return row(values, body, now + maxFutureSkewMicros);
  }

  /** Jackson would otherwise detect UTF-16 and UTF-32 by their zero bytes or byte order mark. */
  private static void requireUtf8(byte[] body) throws RejectedRecord {
    if (body == null || body.length == 0) {
      throw new RejectedRecord(Rejection.EMPTY_BODY, "the record has no body");
    }

    boolean wide = body.length > 1 && (body[0] == 0 || body[1] == 0 || (body[0] & 0xFE) == 0xFE);
    if (wide) {
      throw new RejectedRecord(Rejection.MALFORMED_JSON, "the body is not UTF-8");
    }
  }

  private static void readToEnd(JsonParser json) throws IOException {
    while (json.nextToken() != null) {
      json.skipChildren();
    }
  }

  private static String firstLine(IOException malformed) {
    String message = String.valueOf(malformed.getMessage());
    int end = message.indexOf('\n');
    return end < 0 ? message : message.substring(0, end);
  }

  /** Builds the row of an event, after checking the required fields and the event time. */
  private static Object[] row(Map<WireField, Object> values, byte[] body, long latest)
      throws RejectedRecord {
    String deviceId = (String) values.get(WireField.DEVICE_ID);
    if (deviceId == null || deviceId.isBlank()) {
      throw new RejectedRecord(Rejection.MISSING_DEVICE_ID, "deviceId is absent or blank");
    }

    Long time = (Long) values.get(WireField.EVENT_TIMESTAMP);
    if (time == null) {
      throw new RejectedRecord(Rejection.MISSING_EVENT_TIMESTAMP, "eventTimestamp is absent");
    }

    if (time > latest) {
      throw new RejectedRecord(
          Rejection.FUTURE_EVENT_TIMESTAMP,
          time == Long.MAX_VALUE
              ? "eventTimestamp is in the future, beyond the year 294246"
              : "eventTimestamp %s is in the future"
                  .formatted(Instant.EPOCH.plus(time, ChronoUnit.MICROS)));
    }

    String eventId = (String) values.get(WireField.EVENT_ID);
    boolean named = eventId != null && !eventId.isBlank();
    return new Object[] {
      named ? eventId : null,
      deviceId,
      time,
      Math.toIntExact(Math.floorDiv(time, MICROS_PER_DAY)),
      values.get(WireField.TEMPERATURE),
      values.get(WireField.ENERGY_CONSUMED),
      values.get(WireField.USER_ID),
      values.get(WireField.EVENT_TYPE),
      values.get(WireField.SESSION_DURATION),
      values.get(WireField.REVENUE),
      named ? eventId : hash(body)
    };
  }

  private static String hash(byte[] body) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(body);
      return "sha256:" + HexFormat.of().formatHex(digest);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("Every JDK supports SHA-256", impossible);
    }
  }
}
