package common.lake;

import java.util.ConcurrentModificationException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits that lost a race. Delta refuses a commit when another one has changed what it read since
 * it began; what was read before that is for the caller to look at. Made again on the table as it
 * is then, a commit is as good as if it had come later.
 */
public final class Commits {
  private static final Logger LOG = LoggerFactory.getLogger(Commits.class);
  private static final int ATTEMPTS = 10;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5_000;

  private Commits() {}

  /**
   * Runs a commit until it goes through.
   *
   * @param commit reads what it needs anew each time, and either commits once or throws
   * @throws ConcurrentModificationException when even the tenth attempt lost
   */
  public static <T> T retried(String what, Supplier<T> commit) {
    long pause = FIRST_PAUSE_MILLIS;
    for (int attempt = 1; ; attempt++) {
      try {
        return commit.get();
      } catch (ConcurrentModificationException lost) {
        if (attempt == ATTEMPTS) {
          throw lost;
        }

        LOG.info(
            "{}: another writer was quicker ({}), again", what, lost.getClass().getSimpleName());
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
      throw new IllegalStateException("Stopped while waiting to commit again", stopped);
    }
  }
}
