package serving.health;

import java.util.List;

/** Checks that every record that the speed job read recently is accounted for. */
record LedgerBalance() implements HealthCheck {
  private static final String CHECK = "ledger";

  @Override
  public List<Finding> judge(LayerFacts facts) {
    LayerFacts.Ledger ledger = facts.ledger();
    if (ledger.unbalanced() > 0) {
      return List.of(
          facts.finding(
              CHECK,
              Light.red,
              "the record counts of %,d micro-batches do not add up: see ops/stream_progress"
                  .formatted(ledger.unbalanced())));
    }

    if (ledger.incomplete() > 0) {
      return List.of(
          facts.finding(
              CHECK,
              Light.yellow,
              "%,d micro-batches read fewer records than their offsets span"
                  .formatted(ledger.incomplete())));
    }

    return List.of(
        facts.finding(
            CHECK,
            Light.green,
            "all recent records are accounted for; %,d micro-batches of killed jobs by their offsets only"
                .formatted(ledger.offsetsAlone())));
  }
}
