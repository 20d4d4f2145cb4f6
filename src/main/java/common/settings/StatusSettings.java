package common.settings;

import java.time.Duration;

/** The section {@code status}: ages beyond which a layer counts as behind. */
public record StatusSettings(Duration batchAge, Duration speedAge) {
  static StatusSettings read(Section status) {
    return new StatusSettings(status.positive("batch-age"), status.positive("speed-age"));
  }
}
