package common.lake;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.exceptions.ConcurrentAppendException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class CommitsTest {
  @Test
  void aCommitThatLostIsMadeAgain() {
    AtomicInteger attempts = new AtomicInteger();

    int won =
        Commits.retried(
            "test",
            () -> {
              if (attempts.incrementAndGet() < 3) {
                throw new ConcurrentAppendException("lost");
              }

              return attempts.get();
            });

    assertThat(won).isEqualTo(3);
  }

  @Test
  void aCommitKnowsHowManyAttemptsConflicted() {
    List<Long> told = new ArrayList<>();

    Commits.retried(
        "test",
        conflicts -> {
          told.add(conflicts);
          if (conflicts < 2) {
            throw new ConcurrentAppendException("lost");
          }

          return conflicts;
        });

    assertThat(told).containsExactly(0L, 1L, 2L);
  }

  @Test
  void anotherErrorIsNotTriedAgain() {
    AtomicInteger attempts = new AtomicInteger();

    assertThatThrownBy(
            () ->
                Commits.retried(
                    "test",
                    () -> {
                      attempts.incrementAndGet();
                      throw new IllegalStateException("broken");
                    }))
        .hasMessage("broken");
    assertThat(attempts).hasValue(1);
  }
}
