package demo;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.util.ShutdownHookManager;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Lets work finish when the JVM is asked to stop (SIGTERM, SIGINT): the JVM keeps running until
 * {@link #close} is called, for at most 90 seconds.
 */
final class StopSignal implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StopSignal.class);

  /** Runs before the hooks of streaming queries (100) and of Spark (50). */
  private static final int HOOK_PRIORITY = 150;

  private static final long PATIENCE_SECONDS = 90;

  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private final Runnable hook = this::stop;

  private StopSignal() {}

  static StopSignal install() {
    StopSignal signal = new StopSignal();
    ShutdownHookManager.get()
        .addShutdownHook(signal.hook, HOOK_PRIORITY, PATIENCE_SECONDS + 10, TimeUnit.SECONDS);
    return signal;
  }

  boolean isAsked() {
    return asked.getCount() == 0;
  }

  /** Waits until the JVM is asked to stop. */
  void await() throws InterruptedException {
    asked.await();
  }

  private void stop() {
    LOG.info("Stopping after the current step");
    asked.countDown();
    try {
      if (!ended.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("The current step is taking too long; stopping without waiting for it");
      }
    } catch (InterruptedException hurried) {
      Thread.currentThread().interrupt();
    }
  }

  /** Declares that the work has ended. */
  @Override
  public void close() {
    ended.countDown();
    ShutdownHookManager hooks = ShutdownHookManager.get();
    if (!hooks.isShutdownInProgress()) {
      hooks.removeShutdownHook(hook);
    }
  }
}
