package serving.server;

import java.time.Duration;
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
  private volatile boolean closed;

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
    while (!closed) {
      try {
        task.run();
      } catch (Exception failed) {
        // Spark throws InterruptedException without declaring it.
        if (closed) {
          return;
        }

        LOG.warn("{} failed and will be retried", thread.getName(), failed);
      }

      try {
        Thread.sleep(pause.toMillis());
      } catch (InterruptedException ended) {
        return;
      }
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
    try {
      thread.join(PATIENCE_MILLIS);
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }
}
