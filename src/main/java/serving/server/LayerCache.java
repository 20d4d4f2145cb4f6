package serving.server;

import common.ErrorCode;
import common.Failure;
import common.lake.Lake;
import common.metrics.View;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import serving.query.Layers;

/**
 * Caches the state of each view's layers. If the last check was more than a second ago, the next
 * request checks for new commits and reads them, so a commit becomes visible within about a second.
 */
final class LayerCache {
  private static final Duration FRESH = Duration.ofSeconds(1);

  private final Lake lake;
  private final Clock clock;
  private final Map<View, Slot> slots = new ConcurrentHashMap<>();

  LayerCache(Lake lake, Clock clock) {
    this.lake = lake;
    this.clock = clock;
  }

  /** The state; empty when the view's tables do not exist yet. */
  Optional<Layers> of(View view) {
    return slots.computeIfAbsent(view, Slot::new).get();
  }

  /**
   * The state.
   *
   * @throws Failure when the view's tables do not exist yet
   */
  Layers required(View view) {
    return of(view)
        .orElseThrow(() -> new Failure(ErrorCode.DATA_MISSING, "No data for view " + view.name()));
  }

  private final class Slot {
    private final View view;
    private Optional<Layers> layers = Optional.empty();
    private Optional<LogTimes> times = Optional.empty();
    private Instant checkedAt = Instant.MIN;
    private boolean reading;

    Slot(View view) {
      this.view = view;
    }

    /** While one request reads the new state, other requests get the previous state. */
    Optional<Layers> get() {
      Instant now = clock.instant();
      synchronized (this) {
        boolean fresh = checkedAt.plus(FRESH).isAfter(now);
        if (layers.isPresent() && (fresh || reading)) {
          return layers;
        }

        reading = true;
      }

      try {
        // Before the layers are read, so that a commit in between is noticed at the next check.
        Optional<LogTimes> seen = LogTimes.of(lake, view);
        Optional<Layers> read = isUnchanged(seen) ? layers : Layers.read(lake, view);
        synchronized (this) {
          layers = read;
          times = seen;
          checkedAt = now;
        }

        return read;
      } finally {
        synchronized (this) {
          reading = false;
        }
      }
    }

    private boolean isUnchanged(Optional<LogTimes> seen) {
      return layers
          .filter(
              known ->
                  seen.isPresent()
                      ? times.filter(seen.get()::same).isPresent()
                      : known.isNewest(lake, view))
          .isPresent();
    }
  }
}
