package common.streaming;

import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;

/** Passes Spark's progress reports on a ledger's queries to the ledger. */
public final class LedgerListener extends StreamingQueryListener {
  private static final long PATIENCE_SECONDS = 20;

  private final Ledger ledger;
  private final Map<UUID, String> names = new ConcurrentHashMap<>();
  private final Set<UUID> ended = ConcurrentHashMap.newKeySet();

  public LedgerListener(Ledger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void onQueryStarted(QueryStartedEvent event) {
    if (event.name() != null) {
      names.put(event.runId(), event.name());
    }
  }

  @Override
  public void onQueryProgress(QueryProgressEvent event) {
    StreamingQueryProgress progress = event.progress();
    if (!ledger.knows(progress.name())) {
      return;
    }

    try {
      ledger.enter(MicroBatch.of(progress));
    } catch (RuntimeException unreadable) {
      // Spark would only log the exception.
      ledger.refuse(
          "%s: batch %d is missing from the ledger: %s"
              .formatted(progress.name(), progress.batchId(), unreadable));
    }
  }

  /** Spark reports this event every ten seconds while a query waits for data. */
  @Override
  public void onQueryIdle(QueryIdleEvent event) {
    String name = names.get(event.runId());
    if (ledger.knows(name)) {
      ledger.idle(name);
    }
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent event) {
    ended.add(event.runId());
  }

  /** Waits until all of Spark's reports on the runs have arrived, for at most 20 seconds. */
  void awaitEnd(Iterable<UUID> runs) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
    for (UUID run : runs) {
      while (!ended.contains(run) && System.nanoTime() < deadline) {
        try {
          TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException hurried) {
          Thread.currentThread().interrupt();
          deadline = System.nanoTime();
        }
      }
    }
  }
}
