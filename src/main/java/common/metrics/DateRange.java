package common.metrics;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;

/**
 * Whole UTC days, both ends included.
 *
 * @param from first day
 * @param to last day
 */
public record DateRange(LocalDate from, LocalDate to) {
  public DateRange {
    if (to.isBefore(from)) {
      throw new IllegalArgumentException("Range end %s is before its start %s".formatted(to, from));
    }
  }

  public Instant start() {
    return from.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  public Stream<LocalDate> days() {
    return from.datesUntil(to.plusDays(1));
  }

  /** The first instant after the range. */
  public Instant end() {
    return to.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  Column holds() {
    Column date = col(View.EVENT_DATE);
    return date.geq(lit(from)).and(date.leq(lit(to)));
  }

  String sql() {
    return "%1$s >= DATE'%2$s' AND %1$s <= DATE'%3$s'".formatted(View.EVENT_DATE, from, to);
  }

  @Override
  public String toString() {
    return from.equals(to) ? from.toString() : from + ".." + to;
  }
}
