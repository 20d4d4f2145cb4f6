package common.metrics;

import static java.util.stream.Collectors.joining;

import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;

/**
 * A set of UTC days, which selects events and windows by {@code event_date}.
 *
 * @param ranges in order, neither overlapping nor adjacent; at least one
 */
public record Dates(List<DateRange> ranges) {
  public Dates {
    ranges = List.copyOf(ranges);
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("No dates");
    }
  }

  public static Dates of(DateRange range) {
    return new Dates(List.of(range));
  }

  /** Merges consecutive days into one range. */
  public static Dates of(Collection<LocalDate> days) {
    List<DateRange> ranges = new ArrayList<>();
    for (LocalDate day : new TreeSet<>(days)) {
      DateRange last = ranges.isEmpty() ? null : ranges.get(ranges.size() - 1);
      if (last != null && last.to().plusDays(1).equals(day)) {
        ranges.set(ranges.size() - 1, new DateRange(last.from(), day));
      } else {
        ranges.add(new DateRange(day, day));
      }
    }

    return new Dates(ranges);
  }

  public Stream<LocalDate> days() {
    return ranges.stream().flatMap(DateRange::days);
  }

  /** Rows whose event_date is in the set. */
  public Column holds() {
    return ranges.stream().map(DateRange::holds).reduce(Column::or).orElseThrow();
  }

  /** The condition of {@link #holds} as a SQL predicate. */
  public String sql() {
    return ranges.stream().map(range -> "(" + range.sql() + ")").collect(joining(" OR "));
  }

  /**
   * The days of all events that windows starting on these days can contain; empty if windows have
   * no maximum length.
   */
  public Optional<Dates> ofEvents(View view) {
    return view.window().reach().map(reach -> widened(0, days(reach)));
  }

  /**
   * The start days of all windows that can contain an event of these days; empty if every day is
   * possible.
   */
  public Optional<Dates> ofWindows(View view) {
    return view.window().reach().map(reach -> widened(days(reach), 0));
  }

  private Dates widened(long before, long after) {
    List<DateRange> merged = new ArrayList<>();
    for (DateRange range : ranges) {
      DateRange wide = new DateRange(range.from().minusDays(before), range.to().plusDays(after));
      DateRange last = merged.isEmpty() ? null : merged.get(merged.size() - 1);
      if (last != null && !wide.from().isAfter(last.to().plusDays(1))) {
        merged.set(merged.size() - 1, new DateRange(last.from(), wide.to()));
      } else {
        merged.add(wide);
      }
    }

    return new Dates(merged);
  }

  private static long days(Duration reach) {
    return reach.plusDays(1).minusNanos(1).toDays();
  }

  @Override
  public String toString() {
    return ranges.stream().map(DateRange::toString).collect(joining(", "));
  }
}
