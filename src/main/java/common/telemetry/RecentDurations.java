package common.telemetry;

import com.codahale.metrics.ExponentiallyDecayingReservoir;
import com.codahale.metrics.Histogram;
import java.time.Duration;
import java.util.Optional;

/** A sample of durations, weighted towards the last five minutes. */
public final class RecentDurations {
  private final Histogram nanos = new Histogram(new ExponentiallyDecayingReservoir());

  public void add(Duration duration) {
    nanos.update(duration.toNanos());
  }

  /** The 95th percentile; empty before the first duration. */
  public Optional<Duration> p95() {
    return nanos.getCount() == 0
        ? Optional.empty()
        : Optional.of(Duration.ofNanos((long) nanos.getSnapshot().get95thPercentile()));
  }
}
