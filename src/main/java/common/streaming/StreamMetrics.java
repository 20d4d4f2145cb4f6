package common.streaming;

import common.ops.StreamAccount;
import common.ops.StreamAccount.Split;
import common.telemetry.StreamTelemetry;
import java.time.Duration;

/** Reports accounts of micro-batches as metrics. */
final class StreamMetrics {
  private StreamMetrics() {}

  static void report(StreamAccount account) {
    StreamTelemetry query = new StreamTelemetry(account.query());
    Split split = account.split().orElse(Split.EMPTY);
    query.records("counted", split.counted());
    query.records("duplicate", split.duplicate());
    query.records("late", split.late());
    query.records("rejected", split.rejected());
    query.microBatch(Duration.ofMillis(account.durationMs()));
    account.latency().ifPresent(query::latency);
    account.backlog().ifPresent(query::backlog);
    query.state(account.state().rows(), account.state().bytes());
    account.observed().newestEvent().ifPresent(query::newestEvent);
    query.seen(account.startedAt().plusMillis(account.durationMs()));
  }
}
