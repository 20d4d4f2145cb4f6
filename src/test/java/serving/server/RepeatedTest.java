package serving.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RepeatedTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final CountDownLatch running = new CountDownLatch(1);
  private final AtomicBoolean interrupted = new AtomicBoolean();
  private final AtomicBoolean complete = new AtomicBoolean();

  @Test
  void aFailedRunIsRepeated() throws Exception {
    AtomicInteger runs = new AtomicInteger();
    CountDownLatch repeated = new CountDownLatch(3);
    try (Repeated task =
        new Repeated(
            "test",
            Duration.ofMillis(1),
            Duration.ZERO,
            () -> {
              repeated.countDown();
              throw new IllegalStateException("run " + runs.incrementAndGet());
            })) {
      task.start();
      repeated.await();
    }

    assertThat(runs.get()).isGreaterThanOrEqualTo(3);
  }

  @Test
  void closingEndsThePause() throws Exception {
    CountDownLatch ran = new CountDownLatch(1);
    try (Repeated task = new Repeated("test", LONG, LONG, ran::countDown)) {
      task.start();
      ran.await();
    }
  }

  @Test
  void aRunMayEndByItselfWithinThePatience() throws Exception {
    try (Repeated task = new Repeated("test", LONG, LONG, () -> run(Duration.ofMillis(200)))) {
      task.start();
      running.await();
    }

    assertThat(complete).isTrue();
    assertThat(interrupted).isFalse();
  }

  @Test
  void aRunThatTakesLongerIsInterrupted() throws Exception {
    try (Repeated task = new Repeated("test", LONG, Duration.ofMillis(1), () -> run(LONG))) {
      task.start();
      running.await();
    }

    assertThat(interrupted).isTrue();
    assertThat(complete).isFalse();
  }

  private void run(Duration duration) {
    running.countDown();
    try {
      TimeUnit.MILLISECONDS.sleep(duration.toMillis());
      complete.set(true);
    } catch (InterruptedException stopped) {
      interrupted.set(true);
    }
  }
}
