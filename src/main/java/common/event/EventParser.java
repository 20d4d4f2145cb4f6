package common.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.Serializable;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumMap;
import java.util.Map;

/**
 * Reads one wire event, a JSON object in UTF-8, in a single streaming pass.
 *
 * <p>A field of the wrong type rejects the record; an unknown field is skipped (the master keeps
 * the body); null is absence. Of several faults the first one in the body is told, and an absent
 * required field after all others.
 */
final class EventParser implements Serializable {
  private static final JsonFactory JSON =
      JsonFactory.builder().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS).build();

  private final Duration maxFutureSkew;

  EventParser(Duration maxFutureSkew) {
    this.maxFutureSkew = maxFutureSkew;
  }

  /**
   * Reads one event.
   *
   * @param now the clock against which an event may not lie in the future
   * @return the values of {@link EventSchema#EVENT}, in its order
   */
  Object[] parse(byte[] body, Instant now) throws RejectedRecord {
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
            throw new RejectedRecord(Rejection.DUPLICATE_FIELD, name + " stands there twice");
          }

          values.put(field, WireValue.read(field, json));
        } catch (RejectedRecord rejected) {
          fault = rejected;
          json.skipChildren();
        }
      }

      if (json.nextToken() != null) {
        throw new RejectedRecord(Rejection.MALFORMED_JSON, "there is text behind the object");
      }

      if (fault != null) {
        throw fault;
      }
    } catch (IOException malformed) {
      throw new RejectedRecord(Rejection.MALFORMED_JSON, firstLine(malformed));
    }

    return row(values, now.plus(maxFutureSkew));
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

  /** The row of an event, whose id and time are what the rules ask for. */
  private static Object[] row(Map<WireField, Object> values, Instant latest) throws RejectedRecord {
    String deviceId = (String) values.get(WireField.DEVICE_ID);
    if (deviceId == null || deviceId.isBlank()) {
      throw new RejectedRecord(Rejection.MISSING_DEVICE_ID, "deviceId is absent or blank");
    }

    Instant time = (Instant) values.get(WireField.EVENT_TIMESTAMP);
    if (time == null) {
      throw new RejectedRecord(Rejection.MISSING_EVENT_TIMESTAMP, "eventTimestamp is absent");
    }

    if (time.isAfter(latest)) {
      throw new RejectedRecord(
          Rejection.FUTURE_EVENT_TIMESTAMP, "eventTimestamp " + time + " is in the future");
    }

    String eventId = (String) values.get(WireField.EVENT_ID);
    return new Object[] {
      eventId == null || eventId.isBlank() ? null : eventId,
      deviceId,
      time,
      LocalDate.ofInstant(time, ZoneOffset.UTC),
      values.get(WireField.TEMPERATURE),
      values.get(WireField.ENERGY_CONSUMED),
      values.get(WireField.USER_ID),
      values.get(WireField.EVENT_TYPE),
      values.get(WireField.SESSION_DURATION),
      values.get(WireField.REVENUE)
    };
  }
}
