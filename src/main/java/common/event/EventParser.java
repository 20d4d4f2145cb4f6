package common.event;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.io.Serializable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.EnumSet;
import java.util.Set;

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
    Event event = new Event();
    try (JsonParser json = JSON.createParser(body)) {
      JsonToken first = json.nextToken();
      if (first == null) {
        throw new RejectedRecord(Rejection.EMPTY_BODY, "the body is blank");
      }

      if (first != JsonToken.START_OBJECT) {
        readToEnd(json);
        throw new RejectedRecord(Rejection.NOT_AN_OBJECT, "the body is not a JSON object");
      }

      Set<WireField> seen = EnumSet.noneOf(WireField.class);
      RejectedRecord fault = null;
      for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
        json.nextToken();
        WireField field = WireField.named(name).orElse(null);
        if (field == null || fault != null) {
          json.skipChildren();
          continue;
        }

        try {
          if (!seen.add(field)) {
            throw new RejectedRecord(Rejection.DUPLICATE_FIELD, name + " stands there twice");
          }

          event.read(field, json);
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

    return event.values(now.plus(maxFutureSkew));
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

  /** The values of one event while they are read. */
  private static final class Event {
    private String eventId;
    private String deviceId;
    private Instant time;
    private Double temperature;
    private Double energyConsumed;
    private String userId;
    private String eventType;
    private Double sessionDuration;
    private BigDecimal revenue;

    void read(WireField field, JsonParser json) throws IOException, RejectedRecord {
      String name = field.wireName();
      switch (field) {
        case EVENT_ID -> eventId = text(name, json);
        case DEVICE_ID -> deviceId = text(name, json);
        case EVENT_TIMESTAMP -> time = time(text(name, json));
        case TEMPERATURE -> temperature = number(name, json);
        case ENERGY_CONSUMED -> energyConsumed = number(name, json);
        case USER_ID -> userId = text(name, json);
        case EVENT_TYPE -> eventType = text(name, json);
        case SESSION_DURATION -> sessionDuration = duration(name, json);
        case REVENUE -> revenue = money(name, json);
      }
    }

    Object[] values(Instant latest) throws RejectedRecord {
      if (deviceId == null || deviceId.isBlank()) {
        throw new RejectedRecord(Rejection.MISSING_DEVICE_ID, "deviceId is absent or blank");
      }

      if (time == null) {
        throw new RejectedRecord(Rejection.MISSING_EVENT_TIMESTAMP, "eventTimestamp is absent");
      }

      if (time.isAfter(latest)) {
        throw new RejectedRecord(
            Rejection.FUTURE_EVENT_TIMESTAMP, "eventTimestamp " + time + " is in the future");
      }

      String id = eventId == null || eventId.isBlank() ? null : eventId;
      LocalDate date = LocalDate.ofInstant(time, ZoneOffset.UTC);
      return new Object[] {
        id,
        deviceId,
        time,
        date,
        temperature,
        energyConsumed,
        userId,
        eventType,
        sessionDuration,
        revenue
      };
    }

    private static String text(String name, JsonParser json) throws IOException, RejectedRecord {
      return switch (json.currentToken()) {
        case VALUE_NULL -> null;
        case VALUE_STRING -> wellFormed(name, json.getText());
        default -> throw wrongType(name, "a string", json);
      };
    }

    /** Half a surrogate pair has no UTF-8 form: Spark would store a question mark for each. */
    private static String wellFormed(String name, String text) throws RejectedRecord {
      for (int i = 0; i < text.length(); i++) {
        char c = text.charAt(i);
        if (Character.isSurrogate(c)) {
          boolean pair =
              Character.isHighSurrogate(c)
                  && i + 1 < text.length()
                  && Character.isLowSurrogate(text.charAt(i + 1));
          if (!pair) {
            throw new RejectedRecord(
                Rejection.MALFORMED_JSON, name + " holds half a surrogate pair");
          }

          i++;
        }
      }

      return text;
    }

    private static Instant time(String text) throws RejectedRecord {
      if (text == null || text.isBlank()) {
        return null;
      }

      try {
        return EventTime.parse(text);
      } catch (DateTimeException invalid) {
        throw new RejectedRecord(
            Rejection.INVALID_EVENT_TIMESTAMP,
            "eventTimestamp '" + text + "' is not an ISO-8601 date and time");
      }
    }

    /** Negative zero becomes zero, so that min and max do not depend on the order of events. */
    private static Double number(String name, JsonParser json) throws IOException, RejectedRecord {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return null;
      }

      if (!json.currentToken().isNumeric()) {
        throw wrongType(name, "a number", json);
      }

      double value = json.getDoubleValue();
      if (!Double.isFinite(value)) {
        throw new RejectedRecord(
            Rejection.NOT_FINITE, name + " " + json.getText() + " is not a finite number");
      }

      return value + 0.0;
    }

    private static Double duration(String name, JsonParser json)
        throws IOException, RejectedRecord {
      Double seconds = number(name, json);
      if (seconds != null && seconds < 0) {
        throw new RejectedRecord(
            Rejection.NEGATIVE_DURATION, name + " " + seconds + " is negative");
      }

      return seconds;
    }

    /**
     * Digits beyond the type's scale, as binary floating point leaves them, are rounded half up.
     */
    private static BigDecimal money(String name, JsonParser json)
        throws IOException, RejectedRecord {
      if (number(name, json) == null) {
        return null;
      }

      BigDecimal exact = json.getDecimalValue();
      int scale = EventSchema.REVENUE_TYPE.scale();
      int mostWholeDigits = EventSchema.REVENUE_TYPE.precision() - scale;
      long wholeDigits = (long) exact.precision() - exact.scale();
      if (wholeDigits < -scale) {
        // Rounding 1e-999999999 digit by digit would take minutes.
        return BigDecimal.ZERO.setScale(scale);
      }

      if (wholeDigits <= mostWholeDigits) {
        BigDecimal rounded = exact.setScale(scale, RoundingMode.HALF_UP);
        if (rounded.precision() <= EventSchema.REVENUE_TYPE.precision()) {
          return rounded;
        }
      }

      throw new RejectedRecord(
          Rejection.OUT_OF_RANGE,
          name + " " + json.getText() + " has more than " + mostWholeDigits + " whole digits");
    }

    private static RejectedRecord wrongType(String name, String expected, JsonParser json) {
      String found =
          switch (json.currentToken()) {
            case START_OBJECT -> "an object";
            case START_ARRAY -> "an array";
            case VALUE_STRING -> "a string";
            case VALUE_TRUE, VALUE_FALSE -> "a boolean";
            default -> "a number";
          };
      return new RejectedRecord(
          Rejection.WRONG_TYPE, name + ": expected " + expected + ", found " + found);
    }
  }
}
