package batch.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import common.alerts.Alert;
import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.JudgedRow;
import common.alerts.KeyAlerts;
import common.metrics.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import testing.JudgedRows;

class VerdictsTest {
  private static final Instant TEN = Instant.parse("2026-01-31T10:00:00Z");
  private static final Instant NOW = Instant.parse("2026-01-31T12:00:00Z");

  private final List<JudgedRow> exact = new ArrayList<>();

  @Test
  void anAlertThatIsStillPendingInTheExactRowsIsJudgedByALaterRun() {
    AlertRule threeWindows = rule(3);
    List<Alert> raised =
        judged(threeWindows, row(8, "HIGH", 90), row(9, "HIGH", 90), row(10, "HIGH", 90));
    exact.add(row(8, "HIGH", 90));
    exact.add(row(9, "HIGH", 90));
    assertThat(verdicts(threeWindows, raised, 0, 10)).isEmpty();

    exact.add(row(10, "HIGH", 90));
    assertThat(verdicts(threeWindows, raised, 10, 20)).containsExactly("10:08 HIGH confirmed 90.0");
  }

  @Test
  void whatHappenedBeforeTheAlertsQueryBeganIsNotMissed() {
    exact.add(row(-30, "HIGH", 95));
    exact.add(row(-29, "NORMAL", 50));
    exact.add(row(5, "HIGH", 96));
    exact.add(row(6, "NORMAL", 50));

    assertThat(verdicts(rule(1), List.of(), -60, 10)).containsExactly("10:05 HIGH missed 96.0");
  }

  @Test
  void anAlertOutsideTheSpanKeepsItsVerdict() {
    List<Alert> raised = judged(rule(1), row(9, "HIGH", 90));
    exact.add(row(9, "NORMAL", 50));

    assertThat(verdicts(rule(1), raised, 0, 9)).isEmpty();
    assertThat(verdicts(rule(1), raised, 9, 10)).containsExactly("10:09 HIGH overturned 50.0");
  }

  private List<String> verdicts(AlertRule rule, List<Alert> recorded, int from, int to) {
    Span span = new Span(minute(from), minute(to));
    Instant runUp = span.from().minus(Duration.ofDays(1));
    return new Verdicts(rule, recorded, runUp, span, TEN)
            .of(
                exact.stream().filter(row -> row.window().start().isBefore(span.to())).iterator(),
                NOW)
            .stream()
            .map(
                alert ->
                    "%s %s %s %s"
                        .formatted(
                            alert.since().start().toString().substring(11, 16),
                            alert.subject().level(),
                            alert.verdict().orElseThrow(),
                            alert.exactValue().orElseThrow()))
            .toList();
  }

  /** The alerts of the speed layer. */
  private static List<Alert> judged(AlertRule rule, JudgedRow... rows) {
    KeyAlerts alerts = new KeyAlerts(rule, List.of());
    List<Alert> revisions = new ArrayList<>();
    for (JudgedRow row : rows) {
      revisions.addAll(alerts.judge(row, NOW));
    }

    return AlertLog.current(revisions);
  }

  private static JudgedRow row(int minute, String level, double value) {
    JudgedRow row = JudgedRows.of(minute(minute), level, value);
    return new JudgedRow(
        row.keys(), row.window(), level, Map.of("HIGH", value), Map.of(), Set.of("HIGH"));
  }

  private static AlertRule rule(int windows) {
    return new AlertRule(
        "v",
        "NORMAL",
        windows,
        Duration.ZERO,
        Map.of("HIGH", Severity.info),
        Map.of("HIGH", "avg"));
  }

  private static Instant minute(int minute) {
    return TEN.plus(Duration.ofMinutes(minute));
  }
}
