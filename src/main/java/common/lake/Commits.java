package common.lake;

import common.telemetry.BatchTelemetry;
import java.util.ConcurrentModificationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Retries commits on concurrent-modification conflicts. Delta rejects a commit if a concurrent
 * commit has changed data that the rejected commit had read; the caller must recheck any data that
 * was read before the commit began.
 */
public final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
  private static final int ATTEMPTS = 10;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private Commits() {}

  /**
   * Runs a commit until it succeeds, at most ten times.
   *
   * @param commit re-reads what it needs on each attempt, and either commits once or throws
   * @throws ConcurrentModificationException when the tenth attempt conflicts too
   */
  public static <T> T retried(String what, Supplier<T> commit) {
    return retried(what, conflicts -> commit.get());
  }

  /**
   * Runs a commit that records its conflicts, retrying it in the same way.
   *
   * @param commit receives the number of earlier attempts, all of which conflicted
   */
  public static <T> T retried(String what, LongFunction<T> commit) {
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++) {
      try {
        return commit.apply(attempt - 1);
      } catch (ConcurrentModificationException lost) {
        if (attempt == ATTEMPTS) {
          throw lost;
        }

        BatchTelemetry.conflict();
        LOG.info("{}: write conflict ({}), retrying", what, lost.getClass().getSimpleName());
        sleep(ThreadLocalRandom.current().nextLong(pause / 2, pause));
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      }
    }
  }

  public static void retried(String what, Runnable commit) {
    retried(
        what,
        () -> {
          commit.run();
          return null;
        });
  }

  private static void sleep(long millis) {
    try {
      TimeUnit.MILLISECONDS.sleep(millis);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("Interrupted while waiting to retry a commit", stopped);
    }
  }
}
