package common.settings;

import java.time.Duration;

/** The section {@code serving}. */
public record ServingSettings(Duration batchLag, Duration settle, SynapseSettings synapse) {
  static ServingSettings read(Section serving) {
    return new ServingSettings(
        serving.notNegative("batch-lag"),
        serving.notNegative("settle"),
        SynapseSettings.read(serving.in("synapse")));
  }
}
