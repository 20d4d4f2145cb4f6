package testing;

import common.alerts.Alert;
import common.alerts.JudgedRow;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/** Rows of device {@code d} in one-minute windows, as alerts see them. */
public final class JudgedRows {
  private JudgedRows() {}

  /**
   * A row whose clear conditions all hold.
   *
   * @param value what the rules of {@code level} measure
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
}
