package common.command;

import common.event.EventTime;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A time on the command line: a date (midnight UTC), or a date and time as in events. */
public final class InstantConverter implements ITypeConverter<Instant> {
  private static final int DATE_LENGTH = "2026-01-31".length();

  @Override
  public Instant convert(String text) {
    try {
      return text.length() == DATE_LENGTH
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : EventTime.parse(text);
    } catch (DateTimeException invalid) {
      throw new TypeConversionException(
          "'%s' is not a time such as 2026-01-31 or 2026-01-31T12:00:00Z".formatted(text));
    }
  }
}
