package serving.health;

import java.util.List;

/** Checks that the layers agreed in the latest reconciliation. */
record LayerAgreement() implements HealthCheck {
  private static final String CHECK = "agreement";

  @Override
  public List<Finding> judge(LayerFacts facts) {
    return List.of(
        facts
            .comparison()
            .map(
                found ->
                    facts.finding(
                        CHECK,
                        found.unexplained() == 0 ? Light.green : Light.red,
                        "%,d windows compared at %s, %,d with unexplained differences"
                            .formatted(found.windows(), found.at(), found.unexplained())))
            .orElseGet(() -> facts.finding(CHECK, Light.yellow, "reconcile has not run yet")));
  }
}
