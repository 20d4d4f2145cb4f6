package common.settings;

import common.metrics.Baseline;
import java.time.Duration;

/** The section {@code serving}. */
public record ServingSettings(
    Duration batchLag, Duration settle, Baseline.History baseline, SynapseSettings synapse) {
  static ServingSettings read(Section serving) {
    return new ServingSettings(
        serving.notNegative("batch-lag"),
        serving.notNegative("settle"),
        history(serving.in("baseline")),
        SynapseSettings.read(serving.in("synapse")));
  }

  private static Baseline.History history(Section baseline) {
    int days = baseline.number("history-days");
    int minDays = baseline.number("min-days");
    if (minDays > days) {
      throw baseline.invalid("min-days", "at most history-days, " + days);
    }

    return new Baseline.History(days, minDays);
  }
}
