package serving.health;

import common.settings.Thresholds;
import java.time.Duration;

/** Judges how long a server takes to answer; the tables do not tell. */
public record QueryLatency(Thresholds limits) {

  /**
   * The finding.
   *
   * @param p95 95th percentile of the duration of requests for rows
   */
  public Finding judge(Duration p95) {
    return new Limit(Finding.LAKE)
        .atMost(
            "query-latency",
            p95,
            limits.queryLatency(),
            "95th percentile of the recent requests for rows");
  }
}
