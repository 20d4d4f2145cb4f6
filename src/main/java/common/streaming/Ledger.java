package common.streaming;

import common.ErrorCode;
import common.Failure;
import common.lake.Lake;
import common.ops.Heartbeats;
import common.ops.StreamAccount;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import common.session.JobDescription;
import common.settings.Policy;
import common.telemetry.StreamTelemetry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts for every record that streaming queries read: counted, duplicate, late or rejected.
 * Records read are measured at the parser; counted records are measured after deduplication or on
 * writing. Losses therefore show up as an imbalance.
 *
 * <p>Accounts are collected as micro-batches complete ({@link LedgerListener}), and written to
 * {@code ops/stream_progress} periodically and at the end. A killed job leaves completed
 * micro-batches unrecorded; the next start records them with their offsets only.
 */
public final class Ledger {
  private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long BEAT_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final SparkSession spark;
  private final StreamProgress progress;
  private final Heartbeats heartbeats;
  private final Policy policy;
  private final Map<String, Checkpoint> checkpoints = new ConcurrentHashMap<>();
  private final Map<String, Split> totals = new ConcurrentHashMap<>();
  private final Map<String, Split> written = new ConcurrentHashMap<>();
  private final ConcurrentLinkedQueue<StreamAccount> unwritten = new ConcurrentLinkedQueue<>();

  /** Queries that waited for data since the last heartbeat. */
  private final Set<String> idle = ConcurrentHashMap.newKeySet();

  private final AtomicReference<Failure> imbalance = new AtomicReference<>();
  private long flushedAt = System.nanoTime();
  private long beatAt = System.nanoTime();

  public Ledger(SparkSession spark, Lake lake, Policy policy) {
    this.spark = spark;
    this.progress = new StreamProgress(spark, lake);
    this.heartbeats = new Heartbeats(lake);
    this.policy = policy;
  }

  /**
   * Registers a query before it starts; accounts for micro-batches that a killed job left
   * unrecorded.
   */
  public void open(String query, Checkpoint checkpoint) {
    checkpoints.put(query, checkpoint);
    Optional<String> queryId = checkpoint.queryId();
    Optional<Long> done = checkpoint.lastCommitted();
    if (queryId.isEmpty() || done.isEmpty()) {
      return;
    }

    Optional<Long> last =
        JobDescription.during(
            spark,
            query + ": newest micro-batch in the ledger",
            () -> progress.lastBatch(queryId.get()));
    for (PlannedBatch planned : checkpoint.planned(last.map(id -> id + 1).orElse(0L), done.get())) {
      Accounts.leftOut(query, queryId.get(), planned, Instant.now()).ifPresent(unwritten::add);
    }
  }

  /**
   * Reports the outcome of a micro-batch's records, if the writer counts them.
   *
   * @throws Failure under {@code fail}, when the counts do not add up: the micro-batch is then not
   *     completed, and will be replayed
   */
  public void written(String query, long batchId, Split split) {
    if (policy == Policy.fail && !split.balances()) {
      throw failure(unbalanced(query, batchId, split));
    }

    written.put(query + " " + batchId, split);
  }

  /** The outcome of a query's records in this run. */
  public Split of(String query) {
    return totals.getOrDefault(query, Split.EMPTY);
  }

  /**
   * Whether the query is registered.
   *
   * @param query null for an unnamed query
   */
  boolean knows(String query) {
    return query != null && checkpoints.containsKey(query);
  }

  /** Records that a query is waiting for data. */
  void idle(String query) {
    idle.add(query);
    new StreamTelemetry(query).seen(Instant.now());
  }

  /** Records a completed micro-batch. */
  void enter(MicroBatch batch) {
    PlannedBatch planned = checkpoints.get(batch.query()).planned(batch.batchId());
    Split split = written.remove(batch.query() + " " + batch.batchId());
    StreamAccount account = Accounts.of(batch, planned, Optional.ofNullable(split));
    unwritten.add(account);
    StreamMetrics.report(account);
    account.split().filter(found -> found.read() > 0).ifPresent(found -> report(account, found));
  }

  /**
   * Writes the collected accounts and a heartbeat, if due.
   *
   * @throws Failure under {@code fail}, when the record counts of a micro-batch do not add up
   */
  void settle() {
    if (System.nanoTime() - flushedAt > FLUSH_NANOS) {
      flush();
    }

    if (System.nanoTime() - beatAt > BEAT_NANOS) {
      beat();
    }

    Failure found = imbalance.getAndSet(null);
    if (found != null) {
      throw found;
    }
  }

  /** A missing heartbeat raises an alarm, but is no reason to stop the queries. */
  private void beat() {
    try {
      Instant now = Instant.now();
      for (String query : List.copyOf(idle)) {
        idle.remove(query);
        heartbeats.beat(query, now);
      }
    } catch (RuntimeException failed) {
      LOG.warn("No heartbeat written, retrying in a minute", failed);
    }

    beatAt = System.nanoTime();
  }

  /** Writes all collected accounts. */
  synchronized void flush() {
    List<StreamAccount> accounts = new ArrayList<>();
    while (!unwritten.isEmpty()) {
      accounts.add(unwritten.poll());
    }

    if (!accounts.isEmpty()) {
      JobDescription.during(
          spark,
          "ledger: append %d micro-batches".formatted(accounts.size()),
          () -> progress.append(accounts));
    }

    flushedAt = System.nanoTime();
  }

  /** Logs the problem and, under {@code fail}, fails the queries with it. */
  void refuse(String message) {
    LOG.warn("{}", message);
    if (policy == Policy.fail) {
      imbalance.set(failure(message));
    }
  }

  private static Failure failure(String message) {
    return new Failure(
        ErrorCode.STREAM_LEDGER_UNBALANCED,
        message + "; to continue regardless, set -D streaming.ledger-policy=warn");
  }

  private static String unbalanced(String query, long batchId, Split split) {
    return "%s: the record counts of micro-batch %d do not add up: %s; see ops/stream_progress"
        .formatted(query, batchId, split);
  }

  private void report(StreamAccount account, Split split) {
    Split total = totals.merge(account.query(), split, Split::plus);
    LOG.info(
        "{}: batch {} of {} records in {} ms; so far {} counted, {} duplicate, {} late, {} rejected",
        account.query(),
        account.batchId(),
        split.read(),
        account.durationMs(),
        total.counted(),
        total.duplicate(),
        total.late(),
        total.rejected());
    if (account.missing() > 0) {
      LOG.warn(
          "{}: batch {} spans {} offsets but read only {} records: the others expired unread, or the topic is compacted or transactional",
          account.query(),
          account.batchId(),
          account.spanned(),
          split.read());
    }

    if (!split.balances()) {
      refuse(unbalanced(account.query(), account.batchId(), split));
    }
  }
}
