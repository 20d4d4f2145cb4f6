package common.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import common.alerts.Alert.State;
import common.metrics.Severity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class KeyAlertsTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");
  private static final Instant NOW = Instant.parse("2026-01-31T13:00:00Z");
  private static final Map<String, String> KEY = Map.of("device_id", "d1");

  private final KeyAlerts alerts = new KeyAlerts(rule(1, Duration.ZERO), List.of());

  @Test
  void enteringALevelRaisesAnAlertAndLeavingItResolvesIt() {
    assertThat(judge(alerts, row(0, "NORMAL"))).isEmpty();

    Alert raised = judge(alerts, row(1, "HIGH")).get(0);
    assertThat(raised.state()).isEqualTo(State.firing);
    assertThat(raised.severity()).isEqualTo(Severity.critical);
    assertThat(raised.since().start()).isEqualTo(minute(1));
    assertThat(raised.reading())
        .isEqualTo(new Alert.Reading("avg", Optional.of(90.0), Optional.empty()));
    assertThat(raised.raisedAt()).contains(NOW);

    assertThat(judge(alerts, row(2, "HIGH"))).as("the level stays").isEmpty();

    Alert resolved = judge(alerts, row(3, "NORMAL")).get(0);
    assertThat(resolved.id()).isEqualTo(raised.id());
    assertThat(resolved.revision()).isEqualTo(1);
    assertThat(resolved.state()).isEqualTo(State.resolved);
    assertThat(resolved.newest()).isEqualTo(minute(3));
    assertThat(resolved.resolvedAt()).contains(NOW);
  }

  @Test
  void anotherLevelResolvesTheAlertAndRaisesItsOwn() {
    judge(alerts, row(0, "HIGH"));

    assertThat(judge(alerts, row(1, "LOW")))
        .extracting(alert -> alert.subject().level() + " " + alert.state())
        .containsExactly("HIGH resolved", "LOW firing");
  }

  @Test
  void theLevelMustLastForSoManyWindows() {
    KeyAlerts patient = new KeyAlerts(rule(3, Duration.ZERO), List.of());

    assertThat(states(patient, row(0, "HIGH"))).containsExactly("pending 1");
    assertThat(states(patient, row(1, "NORMAL"))).containsExactly("withdrawn 1");
    assertThat(states(patient, row(2, "HIGH"))).containsExactly("pending 1");
    assertThat(states(patient, row(2, "HIGH"))).as("the same window again").isEmpty();
    assertThat(states(patient, row(3, "HIGH"))).containsExactly("pending 2");
    assertThat(states(patient, row(4, "HIGH"))).containsExactly("firing 3");
    assertThat(patient.open().orElseThrow().since().start()).isEqualTo(minute(2));
  }

  @Test
  void aLevelThatIsEnteredAgainDuringTheCooldownRaisesNothing() {
    KeyAlerts calm = new KeyAlerts(rule(1, Duration.ofMinutes(5)), List.of());
    judge(calm, row(0, "HIGH"));
    judge(calm, row(1, "NORMAL"));

    assertThat(judge(calm, row(5, "HIGH"))).isEmpty();
    assertThat(judge(calm, row(5, "LOW"))).as("the cooldown of another level").hasSize(1);
    judge(calm, row(6, "HIGH"));
    assertThat(states(calm, row(7, "NORMAL"))).containsExactly("resolved 1");
    assertThat(judge(calm, row(12, "HIGH"))).hasSize(1);
  }

  @Test
  void aWithdrawnAlertStartsNoCooldown() {
    KeyAlerts patient = new KeyAlerts(rule(2, Duration.ofMinutes(5)), List.of());
    judge(patient, row(0, "HIGH"));
    assertThat(states(patient, row(1, "NORMAL"))).containsExactly("withdrawn 1");

    assertThat(states(patient, row(2, "HIGH"))).containsExactly("pending 1");
  }

  @Test
  void anAlertThatIsResolvedAfterItsReviewHasYetToBeReviewedAgain() {
    Alert raised = judge(alerts, row(0, "HIGH")).get(0);
    Alert confirmed = raised.with(Alert.Verdict.confirmed, Optional.of(90.0), NOW);

    Alert resolved =
        judge(new KeyAlerts(rule(1, Duration.ZERO), List.of(confirmed)), row(1, "NORMAL")).get(0);
    assertThat(resolved.state()).isEqualTo(State.resolved);
    assertThat(resolved.verdict()).isEmpty();
  }

  @Test
  void levelsThatAWindowHasOneAfterTheOtherAreDifferentAlerts() {
    Alert high = judge(alerts, row(0, "HIGH")).get(0);
    Alert low = judge(alerts, row(0, "LOW")).get(1);

    assertThat(low.since()).isEqualTo(high.since());
    assertThat(low.id()).isNotEqualTo(high.id());
  }

  @Test
  void anotherLevelResolvesAnAlertWhoseClearConditionDoesNotHold() {
    judge(alerts, row(0, "HIGH"));

    JudgedRow low = new JudgedRow(KEY, window(1), "LOW", Map.of(), Map.of(), Set.of());
    assertThat(judge(alerts, low))
        .extracting(alert -> alert.subject().level() + " " + alert.state())
        .containsExactly("HIGH resolved", "LOW firing");
  }

  @Test
  void anAlertSaysWhatItsRowWasComparedWith() {
    Alert low = judge(alerts, row(0, "LOW")).get(0);

    assertThat(low.reading().baseline()).hasValue(70.0);
    assertThat(Alert.of(low.toRow())).isEqualTo(low);
  }

  @Test
  void anAlertStaysOpenUntilItsClearConditionHolds() {
    judge(alerts, row(0, "HIGH"));

    JudgedRow between = new JudgedRow(KEY, window(1), "NORMAL", Map.of(), Map.of(), Set.of("LOW"));
    assertThat(judge(alerts, between)).isEmpty();
    assertThat(states(alerts, row(2, "NORMAL"))).containsExactly("resolved 1");
  }

  @Test
  void anAlertOfALevelThatNoLongerExistsIsResolved() {
    Alert old = judge(alerts, row(0, "HIGH")).get(0);
    AlertRule renamed =
        new AlertRule(
            "v", "NORMAL", 1, Duration.ZERO, Map.of("HOT", Severity.info), Map.of("HOT", "avg"));
    JudgedRow normal = new JudgedRow(KEY, window(1), "NORMAL", Map.of(), Map.of(), Set.of("HOT"));

    assertThat(states(new KeyAlerts(renamed, List.of(old)), normal)).containsExactly("resolved 1");
  }

  @Test
  void anEarlierWindowThanTheLastOneIsIgnored() {
    judge(alerts, row(5, "HIGH"));

    assertThat(judge(alerts, row(4, "NORMAL"))).isEmpty();
    assertThat(alerts.open()).isPresent();
  }

  @Test
  void anOpenWindowThatChangesItsLevelTwiceKeepsTheAlertsIdentity() {
    String id = judge(alerts, row(0, "HIGH")).get(0).id();
    judge(alerts, row(0, "NORMAL"));

    Alert again = judge(alerts, row(0, "HIGH")).get(0);
    assertThat(again.id()).isEqualTo(id);
    assertThat(again.revision()).isEqualTo(2);
    assertThat(again.state()).isEqualTo(State.firing);
  }

  /** Otherwise, receivers would get the old verdict again instead of the new alert. */
  @Test
  void anAlertThatIsRaisedAgainHasYetToBeReviewed() {
    judge(alerts, row(0, "HIGH"));
    Alert resolved = judge(alerts, row(0, "NORMAL")).get(0);
    Alert overturned = resolved.with(Alert.Verdict.overturned, Optional.of(50.0), NOW);

    Alert again =
        judge(new KeyAlerts(rule(1, Duration.ZERO), List.of(overturned)), row(0, "HIGH")).get(0);
    assertThat(again.id()).isEqualTo(overturned.id());
    assertThat(again.verdict()).isEmpty();
    assertThat(again.exactValue()).isEmpty();
  }

  /**
   * After a restart between any two rows, the alerts are the same; ids are unique; each key has at
   * most one open alert.
   */
  @Property(tries = 500)
  void aRestartChangesNothing(
      @ForAll List<@IntRange(max = 2) Integer> levels,
      @ForAll @IntRange(min = 1, max = 3) int windows,
      @ForAll @IntRange(max = 4) int cooldown,
      @ForAll @IntRange(max = 20) int restart) {
    AlertRule rule = rule(windows, Duration.ofMinutes(cooldown));
    KeyAlerts steady = new KeyAlerts(rule, List.of());
    KeyAlerts restarted = new KeyAlerts(rule, List.of());
    List<Alert> expected = new ArrayList<>();
    List<Alert> found = new ArrayList<>();
    Set<String> revisions = new HashSet<>();
    for (int i = 0; i < levels.size(); i++) {
      if (i == restart) {
        restarted = new KeyAlerts(rule, AlertLog.current(found));
      }

      JudgedRow row = row(i, List.of("NORMAL", "HIGH", "LOW").get(levels.get(i)));
      expected.addAll(steady.judge(row, NOW));
      found.addAll(restarted.judge(row, NOW));
      long open =
          AlertLog.current(expected).stream()
              .filter(alert -> alert.state() == State.pending || alert.state() == State.firing)
              .count();
      assertThat(open).isLessThanOrEqualTo(1);
    }

    assertThat(found).isEqualTo(expected);
    expected.forEach(
        alert -> assertThat(revisions.add(alert.id() + " " + alert.revision())).isTrue());
  }

  private static AlertRule rule(int windows, Duration cooldown) {
    return new AlertRule(
        "v",
        "NORMAL",
        windows,
        cooldown,
        Map.of("HIGH", Severity.critical, "LOW", Severity.warning),
        Map.of("HIGH", "avg", "LOW", "avg"));
  }

  private static List<Alert> judge(KeyAlerts alerts, JudgedRow row) {
    return alerts.judge(row, NOW);
  }

  private static List<String> states(KeyAlerts alerts, JudgedRow row) {
    return judge(alerts, row).stream().map(alert -> alert.state() + " " + alert.windows()).toList();
  }

  private static JudgedRow row(int minute, String level) {
    return new JudgedRow(
        KEY,
        window(minute),
        level,
        Map.of("HIGH", 90.0, "LOW", 90.0),
        Map.of("LOW", 70.0),
        Set.of("HIGH", "LOW"));
  }

  private static Alert.Window window(int minute) {
    return new Alert.Window(minute(minute), minute(minute + 1));
  }

  private static Instant minute(int minute) {
    return NOON.plus(Duration.ofMinutes(minute));
  }
}
