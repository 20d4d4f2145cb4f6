package speed.sink.alerts;

import common.alerts.Alert;
import common.alerts.Alert.State;
import common.alerts.Alert.Verdict;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** A change of an alert, as delivered to receivers. */
record Notification(Kind kind, Alert alert) {

  /** Kinds, delivered and stored by constant name. */
  enum Kind {
    raised,
    resolved,
    overturned,
    missed
  }

  /** The notification for a revision; empty if the revision is of no interest to receivers. */
  static Optional<Notification> of(Alert revision) {
    Optional<Kind> kind =
        revision.verdict().isPresent()
            ? ofVerdict(revision.verdict().get())
            : ofState(revision.state());
    return kind.map(found -> new Notification(found, revision));
  }

  private static Optional<Kind> ofVerdict(Verdict verdict) {
    return switch (verdict) {
      case confirmed -> Optional.empty();
      case overturned -> Optional.of(Kind.overturned);
      case missed -> Optional.of(Kind.missed);
    };
  }

  private static Optional<Kind> ofState(State state) {
    return switch (state) {
      case pending, withdrawn -> Optional.empty();
      case firing -> Optional.of(Kind.raised);
      case resolved -> Optional.of(Kind.resolved);
    };
  }

  /** Whether the notification is about a verdict of the batch layer. */
  boolean isVerdict() {
    return alert.verdict().isPresent();
  }

  /** Identifies the notification to receivers, which may get it twice. */
  String id() {
    return "%s/%d/%s".formatted(alert.id(), alert.revision(), kind);
  }

  /** Whether the notification ends the alert for receivers. */
  boolean over() {
    return kind != Kind.raised;
  }

  /** When the alert ended: when it was resolved or, if that is unknown, when it last changed. */
  Instant end() {
    return alert.resolvedAt().orElse(alert.changedAt());
  }

  /** One human-readable line. */
  String summary() {
    return "%s %s: %s".formatted(alert.subject().level(), kind.name(), alert.subject().keyText());
  }

  /** Human-readable facts by label, in display order. */
  Map<String, String> facts() {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("View", alert.subject().view());
    new TreeMap<>(alert.subject().keys()).forEach(facts::put);
    facts.put("Severity", alert.severity().name());
    facts.put("Window", alert.since().start() + " to " + alert.since().end());
    alert.reading().value().ifPresent(value -> facts.put(alert.reading().measure(), number(value)));
    alert
        .reading()
        .baseline()
        .ifPresent(value -> facts.put(alert.reading().measure() + " (baseline)", number(value)));
    alert
        .exactValue()
        .ifPresent(value -> facts.put(alert.reading().measure() + " (exact)", number(value)));

    return facts;
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
  }
}
