package serving.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import common.alerts.Alert;
import common.alerts.Alert.Verdict;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import testing.JudgedRows;

class AlertCountsTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant ONE = NOON.plus(Duration.ofHours(1));

  @Test
  void alertsOfThePeriodAreCountedByVerdict() {
    List<Alert> alerts =
        List.of(
            raised(0).with(Verdict.confirmed, Optional.of(90.0), ONE),
            raised(1).with(Verdict.confirmed, Optional.of(90.0), ONE),
            raised(2).with(Verdict.confirmed, Optional.of(90.0), ONE),
            raised(3).with(Verdict.overturned, Optional.of(50.0), ONE),
            raised(4).unseen().with(Verdict.missed, Optional.of(90.0), ONE),
            raised(5),
            raised(-1).with(Verdict.overturned, Optional.empty(), ONE),
            raised(60).with(Verdict.overturned, Optional.empty(), ONE));

    AlertCounts counts = AlertCounts.of(alerts, NOON, ONE);

    assertThat(counts).isEqualTo(new AlertCounts(3, 1, 1, 1));
    assertThat(counts)
        .hasToString(
            "3 confirmed, 1 overturned, 1 missed, 1 not reviewed yet, precision 75.0 %, recall 75.0 %");
  }

  /**
   * Later events overturned an alert that only the exact rows had raised, so the live alerts were
   * right.
   */
  @Test
  void anOverturnedAlertThatWasNeverRaisedDoesNotCountAgainstTheLiveOnes() {
    Alert exactOnly = raised(0).unseen().with(Verdict.overturned, Optional.of(50.0), ONE);

    AlertCounts counts = AlertCounts.of(List.of(exactOnly), NOON, ONE);

    assertThat(counts).isEqualTo(new AlertCounts(0, 0, 0, 0));
    assertThat(counts).hasToString("0 confirmed, 0 overturned, 0 missed, 0 not reviewed yet");
  }

  private static Alert raised(int minute) {
    return JudgedRows.raised(NOON.plus(Duration.ofMinutes(minute)));
  }
}
