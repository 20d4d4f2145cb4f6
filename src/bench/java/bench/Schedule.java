package bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A schedule that does not slow down with the system under test.
 *
 * @param begin when the first item is due, in the time of {@link System#nanoTime}
 */
record Schedule(long begin, int perSecond) {
  static Schedule fromNow(int perSecond) {
    return new Schedule(System.nanoTime(), perSecond);
  }

  /** Nanoseconds from the beginning until an item is due; items are numbered from 0. */
  long dueAfter(long number) {
    return TimeUnit.SECONDS.toNanos(1) * number / perSecond;
  }

  /**
   * Waits until an item is due.
   *
   * @return when it is due, in the time of {@link System#nanoTime}
   */
  long await(long number) {
    long due = begin + dueAfter(number);
    for (long wait = due - System.nanoTime(); wait > 0; wait = due - System.nanoTime()) {
      LockSupport.parkNanos(wait);
    }

    return due;
  }
}
