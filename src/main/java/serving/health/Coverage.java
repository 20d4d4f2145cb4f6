package serving.health;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Checks for coverage gaps between the layers: windows that have events in the master dataset but
 * no row in either layer, windows from the boundary on that are older than {@code speed.retention},
 * and windows hidden by a boundary that was set ahead of the batch view.
 *
 * @param retention how long speed rows are kept, counted back from the newest window
 */
record Coverage(Duration retention) implements HealthCheck {
  private static final String CHECK = "coverage";

  @Override
  public List<Finding> judge(LayerFacts facts) {
    return List.of(judged(facts));
  }

  private Finding judged(LayerFacts facts) {
    Optional<Instant> boundary = facts.boundary();
    Optional<LayerFacts.Span> speed = facts.speed().starts();
    if (boundary.isEmpty() || speed.isEmpty()) {
      return facts.finding(CHECK, Light.green, "served by the batch view alone");
    }

    if (facts.speed().hidden().isPresent()) {
      return facts.finding(
          CHECK,
          Light.red,
          "%s to %s: hidden because the boundary was set ahead of the batch view; set it back with boundary --view %s --set %s"
              .formatted(
                  facts.speed().hidden().get().from(),
                  facts.speed().hidden().get().to(),
                  facts.view().name(),
                  facts.computedTo().map(Instant::toString).orElse("EARLIER-TIME")));
    }

    Instant retained = speed.get().to().minus(retention);
    if (retained.isAfter(boundary.get())) {
      return facts.finding(
          CHECK,
          Light.red,
          "%s to %s: speed.retention (%s) no longer reaches back to the boundary; run ingest, then batch"
              .formatted(boundary.get(), retained, retention));
    }

    if (facts.search().isEmpty()) {
      return facts.finding(CHECK, Light.green, "speed reaches back to " + speed.get().from());
    }

    return facts
        .search()
        .get()
        .lost()
        .map(
            lost ->
                facts.finding(
                    CHECK,
                    Light.red,
                    "%s to %s: in the master dataset, but in neither layer; run ingest, then batch"
                        .formatted(lost.from(), lost.to())))
        .orElseGet(() -> facts.finding(CHECK, Light.green, "no gap between the layers"));
  }
}
