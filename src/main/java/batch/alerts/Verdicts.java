package batch.alerts;

import static java.util.stream.Collectors.toSet;

import common.alerts.Alert;
import common.alerts.Alert.State;
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
import java.util.stream.Stream;

/**
 * Determines the verdicts on one key's alerts from the key's exact rows.
 *
 * @param recorded the key's alerts as currently recorded in {@code ops/alerts}
 * @param runUp the time from which the rows are complete
 * @param span windows under review; earlier rows only determine which alerts are open
 * @param watchedSince the time from which the speed layer has seen all events
 */
record Verdicts(
    AlertRule rule, List<Alert> recorded, Instant runUp, Span span, Instant watchedSince) {

  /**
   * The alerts whose verdict is new or has changed.
   *
   * @param rows exact rows of the key from the run-up on, in the order of their windows
   */
  List<Alert> of(Iterator<JudgedRow> rows, Instant now) {
    Map<String, Alert> known = byId(recorded.stream().filter(this::underReview));
    Set<Instant> entered =
        known.values().stream().map(alert -> alert.since().start()).collect(toSet());
    KeyAlerts rule = new KeyAlerts(this.rule, openAtRunUp());
    List<Alert> revisions = new ArrayList<>();
    Map<Instant, JudgedRow> byStart = new HashMap<>();
    while (rows.hasNext()) {
      JudgedRow row = rows.next();
      if (entered.contains(row.window().start())) {
        byStart.put(row.window().start(), row);
      }

      revisions.addAll(rule.judge(row, now));
    }

    Map<String, Alert> exact = byId(AlertLog.current(revisions).stream());
    List<Alert> verdicts = new ArrayList<>();
    known.values().stream()
        .filter(alert -> !isPending(exact.get(alert.id())))
        .map(alert -> verdict(alert, exact.get(alert.id()), byStart, now))
        .filter(verdict -> changes(known.get(verdict.id()), verdict))
        .forEach(verdicts::add);
    verdicts.addAll(missed(revisions, exact, now));
    return verdicts;
  }

  /**
   * Whether a recorded alert is under review: the alert began in the span, or began earlier in the
   * run-up and has no verdict yet because the alert was still pending in one of the layers.
   */
  private boolean underReview(Alert alert) {
    Instant start = alert.since().start();
    boolean left = alert.verdict().isEmpty() && !start.isBefore(runUp) && start.isBefore(span.to());
    return alert.wasRaised() && (left || span.contains(start));
  }

  /** Whether the exact rows end before the alert has had enough windows for a verdict. */
  private static boolean isPending(Alert exact) {
    return exact != null && exact.state() == State.pending;
  }

  /** The alerts that fire in the span but were not raised by the speed layer. */
  private List<Alert> missed(List<Alert> revisions, Map<String, Alert> exact, Instant now) {
    Set<String> raised = recorded.stream().filter(Alert::wasRaised).map(Alert::id).collect(toSet());
    return revisions.stream()
        .filter(revision -> revision.state() == State.firing && span.contains(revision.newest()))
        .filter(revision -> !revision.since().start().isBefore(watchedSince))
        .map(Alert::id)
        .distinct()
        .filter(id -> !raised.contains(id))
        .map(exact::get)
        .map(alert -> alert.unseen().with(Verdict.missed, alert.reading().value(), now))
        .toList();
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

  private static Map<String, Alert> byId(Stream<Alert> alerts) {
    Map<String, Alert> byId = new HashMap<>();
    alerts.forEach(alert -> byId.put(alert.id(), alert));
    return byId;
  }

  private static Alert verdict(
      Alert alert, Alert right, Map<Instant, JudgedRow> byStart, Instant now) {
    if (right != null && right.wasRaised()) {
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
