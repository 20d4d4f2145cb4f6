package serving.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a task periodically in its own thread until closed; a failed run does not end the
 * repetition.
 */
final class Repeated implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Repeated.class);
  private static final long PATIENCE_MILLIS = 10_000;

  private final Duration pause;
  private final Runnable task;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * Creates the thread; {@link #start} starts it.
   *
   * @param name name of the thread
   * @param pause pause between two runs
   */
  Repeated(String name, Duration pause, Runnable task) {
    this.pause = pause;
    this.task = task;
    this.thread = new Thread(this::repeat, name);
    this.thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void repeat() {
    try {
      do {
        runOnce();
      } while (!closing.await(pause.toMillis(), TimeUnit.MILLISECONDS));
    } catch (InterruptedException impatient) {
      Thread.currentThread().interrupt();
    }
  }

  private void runOnce() {
    try {
      task.run();
    } catch (Exception failed) {
      // Spark throws InterruptedException without declaring it.
      if (closing.getCount() > 0) {
        LOG.warn("{} failed and will be retried", thread.getName(), failed);
      }
    }
  }

  /** Lets a run that has begun end by itself: Spark logs errors if it is interrupted. */
  @Override
  public void close() {
    closing.countDown();
    try {
      thread.join(PATIENCE_MILLIS);
      thread.interrupt();
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
