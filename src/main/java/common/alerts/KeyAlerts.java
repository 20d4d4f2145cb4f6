package common.alerts;

import common.alerts.Alert.Progress;
import common.alerts.Alert.Reading;
import common.alerts.Alert.Review;
import common.alerts.Alert.State;
import common.alerts.Alert.Subject;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The alerts of one key. An alert is raised when the key enters a level and resolved when it leaves
 * the level, according to the view's {@link AlertRule}. Alerts depend on nothing else: the same
 * rows in the same order give the same alerts.
 *
 * <p>Rows must be in the order of their windows. A row whose window is earlier than an already
 * evaluated window is ignored; the batch layer's review accounts for such rows. If no further rows
 * arrive for a key, its alert does not change.
 */
public final class KeyAlerts {
  private final AlertRule rule;
  private final Map<String, Alert> byLevel = new HashMap<>();
  private Instant judged = Instant.MIN;

  /**
   * Starts from the recorded alerts of the key.
   *
   * @param known the current revisions of these alerts, oldest first
   */
  public KeyAlerts(AlertRule rule, List<Alert> known) {
    this.rule = rule;
    known.forEach(this::keep);
  }

  /** The pending or firing alert. Without an open alert, rows that have no level change nothing. */
  public Optional<Alert> open() {
    return byLevel.values().stream().filter(Alert::isOpen).findFirst();
  }

  /**
   * Applies the rule to the next row of the key.
   *
   * @param now creation time of the revisions
   * @return the new revisions, in order; at most two
   */
  public List<Alert> judge(JudgedRow row, Instant now) {
    if (row.window().start().isBefore(judged)) {
      return List.of();
    }

    List<Alert> changes = new ArrayList<>();
    open().flatMap(alert -> change(alert, row, now)).ifPresent(changes::add);
    changes.forEach(this::keep);
    if (open().isEmpty() && !row.level().equals(rule.normal()) && !cooling(row)) {
      changes.add(entered(row, now));
      keep(changes.get(changes.size() - 1));
    }

    judged = row.window().start();
    return changes;
  }

  private Optional<Alert> change(Alert alert, JudgedRow row, Instant now) {
    boolean stays = row.level().equals(alert.subject().level());
    boolean another = row.window().start().isAfter(alert.newest());
    return switch (alert.state()) {
      case pending -> {
        if (!stays) {
          yield Optional.of(next(alert, State.withdrawn, alert.windows(), row, now));
        }

        yield another ? Optional.of(counted(alert, row, now)) : Optional.empty();
      }
      case firing ->
          stays || held(alert, row)
              ? Optional.empty()
              : Optional.of(next(alert, State.resolved, alert.windows(), row, now));
      case resolved, withdrawn -> Optional.empty();
    };
  }

  /** Hysteresis: the level is left, but the rule's clear condition does not hold yet. */
  private boolean held(Alert alert, JudgedRow row) {
    return rule.severities().containsKey(alert.subject().level())
        && row.level().equals(rule.normal())
        && !row.cleared().contains(alert.subject().level());
  }

  private boolean cooling(JudgedRow row) {
    Alert last = byLevel.get(row.level());
    Duration cooldown = rule.cooldown();
    return last != null
        && last.state() == State.resolved
        && row.window().start().isBefore(last.newest().plus(cooldown));
  }

  private Alert counted(Alert alert, JudgedRow row, Instant now) {
    int windows = alert.windows() + 1;
    State state = windows >= rule.windows() ? State.firing : State.pending;
    return next(alert, state, windows, row, now);
  }

  private static Alert next(Alert alert, State state, int windows, JudgedRow row, Instant now) {
    return alert.next(
        new Progress(
            state,
            windows,
            row.window().start(),
            state == State.firing ? Optional.of(now) : alert.raisedAt(),
            state == State.resolved ? Optional.of(now) : Optional.empty()),
        now);
  }

  private Alert entered(JudgedRow row, Instant now) {
    boolean fires = rule.windows() == 1;
    Alert entered =
        new Alert(
            new Subject(rule.view(), row.keys(), row.level()),
            rule.severities().get(row.level()),
            row.window(),
            new Reading(
                rule.measures().get(row.level()),
                Optional.ofNullable(row.readings().get(row.level())),
                Optional.ofNullable(row.baselines().get(row.level()))),
            0,
            new Progress(
                fires ? State.firing : State.pending,
                1,
                row.window().start(),
                fires ? Optional.of(now) : Optional.empty(),
                Optional.empty()),
            Review.NONE,
            now);
    Alert before = byLevel.get(row.level());
    boolean again = before != null && before.id().equals(entered.id());
    return again ? entered.after(before) : entered;
  }

  private void keep(Alert alert) {
    byLevel.put(alert.subject().level(), alert);
    judged = alert.newest().isAfter(judged) ? alert.newest() : judged;
  }
}
