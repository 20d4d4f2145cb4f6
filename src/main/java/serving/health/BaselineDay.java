package serving.health;

import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;

/** Checks that a view whose levels compare with a baseline has a baseline for today. */
final class BaselineDay implements HealthCheck {

  @Override
  public List<Finding> judge(LayerFacts facts) {
    if (facts.view().baselineMeasures().isEmpty()) {
      return List.of();
    }

    LocalDate today = LocalDate.ofInstant(facts.now(), ZoneOffset.UTC);
    return List.of(
        facts
            .newestBaseline()
            .map(
                newest ->
                    newest.isBefore(today)
                        ? facts.finding(
                            "baseline",
                            Light.yellow,
                            "the newest one is for %s; no rule with deviates(...) holds until batch has run"
                                .formatted(newest))
                        : facts.finding("baseline", Light.green, "published up to " + newest))
            .orElseGet(
                () ->
                    facts.finding(
                        "baseline",
                        Light.yellow,
                        "none yet, so no rule with deviates(...) holds: run batch")));
  }
}
