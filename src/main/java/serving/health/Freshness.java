package serving.health;

import common.ops.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Checks how long ago each layer last ran.
 *
 * @param batchAge age beyond which the batch view counts as behind
 * @param speedAge age beyond which the speed view counts as behind
 */
record Freshness(Duration batchAge, Duration speedAge) implements HealthCheck {
  @Override
  public List<Finding> judge(LayerFacts facts) {
    return List.of(batch(facts), speed(facts));
  }

  private Finding batch(LayerFacts facts) {
    Optional<Instant> last = facts.latest().map(Run::startedAt);
    String boundary = facts.boundary().map(Instant::toString).orElse("none");
    return last.map(at -> aged(facts, "batch", at, batchAge, "boundary " + boundary))
        .orElseGet(() -> facts.finding("batch", Light.yellow, "no run yet"));
  }

  private Finding speed(LayerFacts facts) {
    String newest =
        facts.ledger().newestEvent().map(at -> "newest event " + at).orElse("no event yet");
    return facts
        .ledger()
        .lastStart()
        .map(at -> aged(facts, "speed", at, speedAge, newest))
        .orElseGet(() -> facts.finding("speed", Light.yellow, "no speed job has run yet"));
  }

  private static Finding aged(
      LayerFacts facts, String check, Instant last, Duration limit, String more) {
    boolean old = Duration.between(last, facts.now()).compareTo(limit) > 0;
    return facts.finding(
        check,
        old ? Light.yellow : Light.green,
        "last ran at %s%s; %s".formatted(last, old ? ", more than " + limit + " ago" : "", more));
  }
}
