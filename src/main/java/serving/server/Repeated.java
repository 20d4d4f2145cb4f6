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
  private static final long AFTER_INTERRUPT_MILLIS = 10_000;

  private final Duration pause;
  private final Duration patience;
  private final Runnable task;
  private final Thread thread;
  private final CountDownLatch closing = new CountDownLatch(1);

  /**
   * Creates the thread; {@link #start} starts it.
   *
   * @param name name of the thread
   * @param pause pause between two runs
   * @param patience how long a run may continue after {@link #close} before it is interrupted
   */
  Repeated(String name, Duration pause, Duration patience, Runnable task) {
    this.pause = pause;
    this.patience = patience;
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

  @Override
  public void close() {
    closing.countDown();
    try {
      if (!patience.isZero()) {
        thread.join(patience.toMillis());
      }

      thread.interrupt();
      thread.join(AFTER_INTERRUPT_MILLIS);
    } catch (InterruptedException hurried) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }
}
