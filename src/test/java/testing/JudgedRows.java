package testing;

import common.alerts.Alert;
import common.alerts.AlertRule;
import common.alerts.JudgedRow;
import common.alerts.KeyAlerts;
import common.metrics.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rows of device {@code d} in one-minute windows, as alerts see them. */
public final class JudgedRows {
  private JudgedRows() {}

  /**
   * A row whose clear conditions all hold.
   *
   * @param value value of the measure in the rules of {@code level}
   */
  public static JudgedRow of(Instant start, String level, double value) {
    return new JudgedRow(
        Map.of("device_id", "d"),
        new Alert.Window(start, start.plusSeconds(60)),
        level,
        Map.of(level, value),
        Map.of(),
        Set.of("HIGH_TEMP", "LOW_TEMP"));
  }

  /** A critical alert of level {@code HIGH} that one row raises. */
  public static Alert raised(Instant start) {
    AlertRule rule =
        new AlertRule(
            "v",
            "NORMAL",
            1,
            Duration.ZERO,
            Map.of("HIGH", Severity.critical),
            Map.of("HIGH", "avg"));
    return new KeyAlerts(rule, List.of()).judge(of(start, "HIGH", 90), start).get(0);
  }
}
