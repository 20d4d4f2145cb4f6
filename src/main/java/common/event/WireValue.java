package common.event;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;

/** Reads the value of one field and checks its type and range. */
final class WireValue {
  private WireValue() {}

  /**
   * Reads the current token as the field's value.
   *
   * @return String, Long (microseconds since 1970), Double or BigDecimal; null for JSON null
   */
  static Object read(WireField field, JsonParser json) throws IOException, RejectedRecord {
    String name = field.wireName();
    return switch (field) {
      case EVENT_ID, DEVICE_ID, USER_ID, EVENT_TYPE -> text(name, json);
      case EVENT_TIMESTAMP -> time(text(name, json));
      case TEMPERATURE, ENERGY_CONSUMED -> number(name, json);
      case SESSION_DURATION -> duration(name, json);
      case REVENUE -> money(name, json);
    };
  }

  private static String text(String name, JsonParser json) throws IOException, RejectedRecord {
    return switch (json.currentToken()) {
      case VALUE_NULL -> null;
      case VALUE_STRING -> wellFormed(name, json.getText());
      default -> throw wrongType(name, "a string", json);
    };
  }

  /** An unpaired surrogate has no UTF-8 encoding: Spark would store a question mark instead. */
  private static String wellFormed(String name, String text) throws RejectedRecord {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isSurrogate(c)) {
        boolean pair =
            Character.isHighSurrogate(c)
                && i + 1 < text.length()
                && Character.isLowSurrogate(text.charAt(i + 1));
        if (!pair) {
          throw new RejectedRecord(Rejection.MALFORMED_JSON, name + " has an unpaired surrogate");
        }

        i++;
      }
    }

    return text;
  }

  private static Long time(String text) throws RejectedRecord {
    if (text == null || text.isBlank()) {
      return null;
    }

    try {
      return EventTime.parseMicros(text);
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

  private static Double duration(String name, JsonParser json) throws IOException, RejectedRecord {
    Double seconds = number(name, json);
    if (seconds != null && seconds < 0) {
      throw new RejectedRecord(Rejection.NEGATIVE_DURATION, name + " " + seconds + " is negative");
    }

    return seconds;
  }

  /**
   * Digits beyond the type's scale, such as those left by binary floating point, are rounded half
   * up.
   */
  private static BigDecimal money(String name, JsonParser json) throws IOException, RejectedRecord {
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
        name + " " + json.getText() + " has more than " + mostWholeDigits + " integer digits");
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
