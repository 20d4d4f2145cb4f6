package batch.alerts;

import static java.util.stream.Collectors.toSet;

import common.alerts.Alert;
import common.alerts.Alert.Verdict;
import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.JudgedRow;
import common.alerts.KeyAlerts;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the exact rows of one key say about its alerts.
 *
 * @param recorded the key's alerts as they are now in {@code ops/alerts}
 * @param runUp from which window on the rows are complete
 * @param span windows under review; rows before it are judged only to know what is open
 * @param watchedSince the window from which on the speed layer has judged all rows
 */
record Verdicts(
    AlertRule rule, List<Alert> recorded, Instant runUp, Span span, Instant watchedSince) {

  /**
   * The alerts whose verdict is new or has changed.
   *
   * @param rows exact rows of the key from the run-up on, in the order of their windows
   */
  List<Alert> of(Iterator<JudgedRow> rows, Instant now) {
    Map<String, Alert> known = raised(recorded);
    Set<Instant> entered =
        known.values().stream().map(alert -> alert.since().start()).collect(toSet());
    KeyAlerts exact = new KeyAlerts(rule, openAtRunUp());
    List<Alert> revisions = new ArrayList<>();
    Map<Instant, JudgedRow> byStart = new HashMap<>();
    while (rows.hasNext()) {
      JudgedRow row = rows.next();
      if (entered.contains(row.window().start())) {
        byStart.put(row.window().start(), row);
      }

      revisions.addAll(exact.judge(row, now));
    }

    Map<String, Alert> right = raised(AlertLog.current(revisions));
    List<Alert> verdicts = new ArrayList<>();
    known.values().stream()
        .map(alert -> verdict(alert, right.get(alert.id()), byStart, now))
        .filter(verdict -> changes(known.get(verdict.id()), verdict))
        .forEach(verdicts::add);
    right.values().stream()
        .filter(alert -> !known.containsKey(alert.id()))
        .filter(alert -> !alert.since().start().isBefore(watchedSince))
        .map(alert -> alert.unseen().with(Verdict.missed, alert.reading().value(), now))
        .forEach(verdicts::add);
    return verdicts;
  }

  /** The alerts that the exact rows raised before the run-up, in their state at that time. */
  private List<Alert> openAtRunUp() {
    return recorded.stream()
        .filter(
            alert -> alert.verdict().filter(verdict -> verdict != Verdict.overturned).isPresent())
        .filter(alert -> alert.since().start().isBefore(runUp))
        .map(alert -> alert.asOf(runUp))
        .toList();
  }

  private Map<String, Alert> raised(List<Alert> alerts) {
    Map<String, Alert> raised = new HashMap<>();
    alerts.stream()
        .filter(Alert::wasRaised)
        .filter(alert -> span.contains(alert.since().start()))
        .forEach(alert -> raised.put(alert.id(), alert));
    return raised;
  }

  private static Alert verdict(
      Alert alert, Alert right, Map<Instant, JudgedRow> byStart, Instant now) {
    if (right != null) {
      // An alert that only the exact rows raised remains missed.
      Verdict verdict = alert.raisedAt().isPresent() ? Verdict.confirmed : Verdict.missed;
      return alert.with(verdict, right.reading().value(), now);
    }

    Optional<Double> value =
        Optional.ofNullable(byStart.get(alert.since().start()))
            .map(row -> row.readings().get(alert.subject().level()));
    return alert.with(Verdict.overturned, value, now);
  }

  private static boolean changes(Alert known, Alert verdict) {
    return !known.verdict().equals(verdict.verdict())
        || !known.exactValue().equals(verdict.exactValue());
  }
}
