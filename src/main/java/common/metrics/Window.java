package common.metrics;

import static org.apache.spark.sql.functions.session_window;
import static org.apache.spark.sql.functions.window;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.apache.spark.sql.Column;

/**
 * The grain of a view. Windows are half-open, [start, end), in UTC; tumbling and hopping windows
 * are aligned to the epoch.
 */
public sealed interface Window {

  /** The window as Spark groups by it: a struct of start and end. */
  Column over(Column time);

  /**
   * The start of the first window that an event at or after the instant can fall into; empty if the
   * start depends on the events themselves (sessions).
   */
  Optional<Instant> firstOpenAt(Instant time);

  /**
   * How far a window's events can extend beyond the UTC day on which the window starts; empty if
   * there is no limit.
   */
  Optional<Duration> reach();

  /** Whether an event can be in more than one window of its key. */
  default boolean overlaps() {
    return false;
  }

  /** Whether a stream can emit a window before it is complete. */
  default boolean updatable() {
    return true;
  }

  /** Windows of one size; each event is in exactly one. */
  record Tumbling(Duration size) implements Window {
    @Override
    public Column over(Column time) {
      return window(time, micros(size));
    }

    @Override
    public Optional<Instant> firstOpenAt(Instant time) {
      return Optional.of(floor(time, size));
    }

    @Override
    public Optional<Duration> reach() {
      boolean staysInDay = Duration.ofDays(1).toMillis() % size.toMillis() == 0;
      return Optional.of(staysInDay ? Duration.ZERO : size);
    }
  }

  /**
   * Windows of one size that start every {@code slide}: each event is in {@code size / slide}
   * windows.
   */
  record Hopping(Duration size, Duration slide) implements Window {
    @Override
    public Column over(Column time) {
      return window(time, micros(size), micros(slide));
    }

    @Override
    public Optional<Instant> firstOpenAt(Instant time) {
      return Optional.of(floor(time.minus(size), slide).plus(slide));
    }

    @Override
    public boolean overlaps() {
      return slide.compareTo(size) < 0;
    }

    @Override
    public Optional<Duration> reach() {
      return Optional.of(size);
    }
  }

  /** Windows that end when the key has no event for {@code gap}. */
  record Session(Duration gap) implements Window {
    @Override
    public Column over(Column time) {
      return session_window(time, micros(gap));
    }

    @Override
    public Optional<Instant> firstOpenAt(Instant time) {
      return Optional.empty();
    }

    @Override
    public Optional<Duration> reach() {
      return Optional.empty();
    }

    @Override
    public boolean updatable() {
      return false;
    }
  }

  private static Instant floor(Instant time, Duration step) {
    long millis = Math.floorDiv(time.toEpochMilli(), step.toMillis()) * step.toMillis();
    return Instant.ofEpochMilli(millis);
  }

  private static String micros(Duration duration) {
    return duration.toMillis() * 1000 + " microseconds";
  }
}
