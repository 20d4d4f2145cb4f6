package serving.health;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import serving.health.Finding.Measured;

/** Compares values with their limits: green within, red beyond. */
record Limit(String view) {
  static final long MEGABYTE = 1_000_000;

  Finding atMost(String check, long value, long limit, String detail) {
    return finding(
        check, value <= limit, "%,d".formatted(value), "at most %,d".formatted(limit), detail);
  }

  Finding atLeast(String check, long value, long limit, String detail) {
    return finding(
        check, value >= limit, "%,d".formatted(value), "at least %,d".formatted(limit), detail);
  }

  Finding atMost(String check, Duration value, Duration limit, String detail) {
    return finding(
        check,
        value.compareTo(limit) <= 0,
        String.valueOf(shortened(value)),
        "at most " + limit,
        detail);
  }

  Finding shareAtMost(String check, double value, double limit, String detail) {
    return finding(check, value <= limit, percent(value), "at most " + percent(limit), detail);
  }

  Finding shareAtLeast(String check, double value, double limit, String detail) {
    return finding(check, value >= limit, percent(value), "at least " + percent(limit), detail);
  }

  private Finding finding(String check, boolean holds, String value, String limit, String detail) {
    return new Finding(
        view,
        check,
        holds ? Light.green : Light.red,
        Optional.of(new Measured(value, limit)),
        detail);
  }

  private static Duration shortened(Duration value) {
    return value.compareTo(Duration.ofMinutes(1)) < 0
        ? Duration.ofMillis(value.toMillis())
        : Duration.ofSeconds(value.toSeconds());
  }

  private static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }
}
