package common.event;

import static java.time.temporal.ChronoField.HOUR_OF_DAY;
import static java.time.temporal.ChronoField.MINUTE_OF_HOUR;
import static java.time.temporal.ChronoField.NANO_OF_SECOND;
import static java.time.temporal.ChronoField.SECOND_OF_MINUTE;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.chrono.IsoChronology;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAccessor;

/**
 * Parses event times: an ISO-8601 date and time to at least the minute, with an optional fraction
 * of up to nine digits (truncated to microseconds) and an optional offset (default UTC).
 */
public final class EventTime {
  /** The earliest instant that Spark's timestamp type supports. */
  private static final Instant EARLIEST = Instant.parse("0001-01-01T00:00:00Z");

  private static final DateTimeFormatter ISO =
      new DateTimeFormatterBuilder()
          .parseCaseInsensitive()
          .append(DateTimeFormatter.ISO_LOCAL_DATE)
          .appendLiteral('T')
          .appendValue(HOUR_OF_DAY, 2)
          .appendLiteral(':')
          .appendValue(MINUTE_OF_HOUR, 2)
          .optionalStart()
          .appendLiteral(':')
          .appendValue(SECOND_OF_MINUTE, 2)
          .optionalStart()
          .appendFraction(NANO_OF_SECOND, 1, 9, true)
          .optionalEnd()
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH:MM:ss", "Z")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HHMM", "Z")
          .optionalEnd()
          .optionalStart()
          .appendOffset("+HH", "Z")
          .optionalEnd()
          .toFormatter()
          .withResolverStyle(ResolverStyle.STRICT)
          .withChronology(IsoChronology.INSTANCE);

  private static final long MICROS_PER_SECOND = 1_000_000;
  private static final long EARLIEST_MICROS = micros(EARLIEST);

  /** Marks text that is not in the common form, whether valid or not. */
  private static final long ANOTHER_FORM = Long.MIN_VALUE;

  private EventTime() {}

  /**
   * Parses the text to microseconds since 1970. The form that nearly all producers write is parsed
   * digit by digit: a formatter would take longer than the rest of the event.
   *
   * @throws DateTimeException when the text is not such a time, or the time is before year 1
   */
  static long parseMicros(String text) {
    long micros = commonForm(text);
    return micros < EARLIEST_MICROS ? micros(parse(text)) : micros;
  }

  /**
   * {@code 2016-01-11T17:00:00}, an optional fraction, and {@code Z}, {@code +02:00} or no offset.
   */
  private static long commonForm(String text) {
    int length = text.length();
    if (length < 19
        || text.charAt(4) != '-'
        || text.charAt(7) != '-'
        || text.charAt(10) != 'T'
        || text.charAt(13) != ':'
        || text.charAt(16) != ':') {
      return ANOTHER_FORM;
    }

    int year = 100 * twoDigits(text, 0) + twoDigits(text, 2);
    int month = twoDigits(text, 5);
    int day = twoDigits(text, 8);
    int hour = twoDigits(text, 11);
    int minute = twoDigits(text, 14);
    int second = twoDigits(text, 17);
    boolean valid =
        (year | month | day | hour | minute | second) >= 0
            && hour < 24
            && minute < 60
            && second < 60
            && month >= 1
            && month <= 12
            && day >= 1
            && day <= 31;
    // For invalid times, the formatter reports what is wrong.
    if (!valid || (day > 28 && day > YearMonth.of(year, month).lengthOfMonth())) {
      return ANOTHER_FORM;
    }

    int at = 19;
    long micros = 0;
    if (at < length && text.charAt(at) == '.') {
      int digits = 0;
      for (at++; at < length && isDigit(text.charAt(at)); at++, digits++) {
        micros = digits < 6 ? 10 * micros + (text.charAt(at) - '0') : micros;
      }

      if (digits == 0 || digits > 9) {
        return ANOTHER_FORM;
      }

      for (int scale = digits; scale < 6; scale++) {
        micros *= 10;
      }
    }

    int offset = offsetSeconds(text, at);
    if (offset == Integer.MIN_VALUE) {
      return ANOTHER_FORM;
    }

    long days = LocalDate.of(year, month, day).toEpochDay();
    long seconds = days * 86_400L + hour * 3_600L + minute * 60L + second;
    return (seconds - offset) * MICROS_PER_SECOND + micros;
  }

  /** Integer.MIN_VALUE if the rest of the text is not an offset in the common form. */
  private static int offsetSeconds(String text, int at) {
    int left = text.length() - at;
    if (left == 0 || (left == 1 && text.charAt(at) == 'Z')) {
      return 0;
    }

    if (left != 6 || text.charAt(at + 3) != ':') {
      return Integer.MIN_VALUE;
    }

    char sign = text.charAt(at);
    int hours = twoDigits(text, at + 1);
    int minutes = twoDigits(text, at + 4);
    boolean valid = (hours | minutes) >= 0 && hours < 18 && minutes < 60;
    if (!valid || (sign != '+' && sign != '-')) {
      return Integer.MIN_VALUE;
    }

    int seconds = 3_600 * hours + 60 * minutes;
    return sign == '+' ? seconds : -seconds;
  }

  /** Negative if either character is not a digit. */
  private static int twoDigits(String text, int at) {
    char tens = text.charAt(at);
    char ones = text.charAt(at + 1);
    return isDigit(tens) && isDigit(ones) ? 10 * (tens - '0') + (ones - '0') : -10_000;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  /** Long.MAX_VALUE for a time beyond the range of microseconds, which is always in the future. */
  private static long micros(Instant instant) {
    return instant.getEpochSecond() >= Long.MAX_VALUE / MICROS_PER_SECOND
        ? Long.MAX_VALUE
        : instant.getEpochSecond() * MICROS_PER_SECOND + instant.getNano() / 1_000;
  }

  /**
   * Parses the text.
   *
   * @throws DateTimeException when the text is not such a time, or the time is before year 1
   */
  public static Instant parse(String text) {
    TemporalAccessor parsed = ISO.parseBest(text, OffsetDateTime::from, LocalDateTime::from);
    Instant instant =
        parsed instanceof OffsetDateTime withOffset
            ? withOffset.toInstant()
            : ((LocalDateTime) parsed).toInstant(ZoneOffset.UTC);

    if (instant.isBefore(EARLIEST)) {
      throw new DateTimeException("before year 1: " + text);
    }

    return instant.truncatedTo(ChronoUnit.MICROS);
  }
}
