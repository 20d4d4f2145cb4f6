package common.alerts;

import static java.util.stream.Collectors.toMap;

import common.metrics.Levels;
import common.metrics.Levels.Rule;
import common.metrics.Severity;
import common.metrics.View;
import java.io.Serializable;
import java.time.Duration;
import java.util.Map;

/**
 * Determines when the levels of a view raise alerts; can be used on executors.
 *
 * @param view name of the view
 * @param normal the level that raises no alert
 * @param windows how many consecutive windows must have a level
 * @param cooldown how long the same level raises no new alert after an alert is resolved
 * @param severities severity by level
 * @param measures the measure whose value an alert reports, by level
 */
public record AlertRule(
    String view,
    String normal,
    int windows,
    Duration cooldown,
    Map<String, Severity> severities,
    Map<String, String> measures)
    implements Serializable {

  /** The rule of a view with levels. */
  public static AlertRule of(View view) {
    Levels levels = view.levels().orElseThrow();
    return new AlertRule(
        view.name(),
        levels.otherwise(),
        levels.alerting().windows(),
        levels.alerting().cooldown(),
        levels.rules().stream().collect(toMap(Rule::level, Rule::severity)),
        levels.rules().stream().collect(toMap(Rule::level, rule -> JudgedRow.measure(view, rule))));
  }
}
