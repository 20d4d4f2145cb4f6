package serving.alerts;

import common.alerts.Alert;
import common.alerts.Alert.Verdict;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The alerts of a period, counted by verdict.
 *
 * @param open alerts that no batch run has reviewed yet
 */
public record AlertCounts(long confirmed, long overturned, long missed, long open) {

  /**
   * Counts the alerts whose level was entered in the period.
   *
   * @param alerts in their current state
   * @param from inclusive
   * @param to exclusive
   */
  public static AlertCounts of(List<Alert> alerts, Instant from, Instant to) {
    List<Alert> entered =
        alerts.stream()
            .filter(Alert::wasRaised)
            .filter(alert -> !alert.since().start().isBefore(from))
            .filter(alert -> alert.since().start().isBefore(to))
            .toList();
    List<Optional<Verdict>> live =
        entered.stream().filter(alert -> alert.raisedAt().isPresent()).map(Alert::verdict).toList();
    return new AlertCounts(
        number(live, Optional.of(Verdict.confirmed)),
        number(live, Optional.of(Verdict.overturned)),
        number(entered.stream().map(Alert::verdict).toList(), Optional.of(Verdict.missed)),
        number(live, Optional.empty()));
  }

  private static long number(List<Optional<Verdict>> verdicts, Optional<Verdict> of) {
    return verdicts.stream().filter(of::equals).count();
  }

  /** One human-readable line, with precision and recall if they are defined. */
  @Override
  public String toString() {
    String counts =
        "%,d confirmed, %,d overturned, %,d missed, %,d not reviewed yet"
            .formatted(confirmed, overturned, missed, open);
    return counts
        + share(", precision", confirmed, confirmed + overturned)
        + share(", recall", confirmed, confirmed + missed);
  }

  private static String share(String name, long part, long whole) {
    return whole == 0 ? "" : String.format(Locale.ROOT, "%s %.1f %%", name, 100.0 * part / whole);
  }
}
