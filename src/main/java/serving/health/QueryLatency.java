package serving.health;

import common.settings.Thresholds;
import java.time.Duration;

/** Checks the response time of a running server, which no table records. */
public record QueryLatency(Thresholds limits) {

  /**
   * Compares the latency with its limit.
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
