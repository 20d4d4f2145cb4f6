package batch;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;

import common.metrics.View;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
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
      throw new IllegalArgumentException("Range ends %s before it starts %s".formatted(to, from));
    }
  }

  Instant start() {
    return from.atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  /** The first instant behind the range. */
  Instant end() {
    return to.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant();
  }

  /** Rows whose event_date lies in the range. */
  Column holds() {
    Column date = col(View.EVENT_DATE);
    return date.geq(lit(from)).and(date.leq(lit(to)));
  }

  /** The same as a SQL predicate. */
  String sql() {
    return "%1$s >= DATE'%2$s' AND %1$s <= DATE'%3$s'".formatted(View.EVENT_DATE, from, to);
  }

  /** The range of events that windows of the view starting in this range can hold. */
  DateRange eventsOf(View view) {
    return view.window()
        .reach()
        .map(reach -> new DateRange(from, to.plusDays(reach.plusDays(1).minusNanos(1).toDays())))
        .orElse(new DateRange(LocalDate.of(1, 1, 1), LocalDate.of(9999, 12, 31)));
  }
}
