package common.streaming;

import common.ErrorCode;
import common.Failure;
import common.lake.Lake;
import common.ops.StreamAccount;
import common.ops.StreamAccount.OffsetRange;
import common.ops.StreamAccount.Split;
import common.ops.StreamProgress;
import common.settings.Policy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.SourceProgress;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts for every record that streaming queries read: counted, duplicate, late or rejected. What
 * is read is measured in front of the parser, what is counted behind the deduplication or where it
 * was written, so that the sum can fail to match.
 *
 * <p>Accounts are gathered as micro-batches end, and written to {@code ops/stream_progress} now and
 * then and at the end. A killed job leaves micro-batches that are done and not written; the next
 * start writes them with their offsets alone.
 */
public final class Ledger extends StreamingQueryListener {
  /** Name and columns of what a query observes in front of the parser. */
  public static final String RECORDS = "records";

  public static final String READ = "read";
  public static final String REJECTED = "rejected";

  /** Name and columns of what a query observes where an event counts. */
  public static final String COUNTED = "counted";

  public static final String EVENTS = "events";
  public static final String OLDEST = "oldest";
  public static final String NEWEST = "newest";

  private static final Logger LOG = LoggerFactory.getLogger(Ledger.class);
  private static final String DEDUPLICATION = "dedupeWithinWatermark";
  private static final long FLUSH_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LISTENER_PATIENCE_SECONDS = 20;

  private final StreamProgress progress;
  private final Policy policy;
  private final Map<String, Checkpoint> checkpoints = new ConcurrentHashMap<>();
  private final Map<String, Split> totals = new ConcurrentHashMap<>();
  private final Map<String, Long> written = new ConcurrentHashMap<>();
  private final Set<UUID> ended = ConcurrentHashMap.newKeySet();
  private final ConcurrentLinkedQueue<StreamAccount> unwritten = new ConcurrentLinkedQueue<>();
  private final AtomicReference<Failure> imbalance = new AtomicReference<>();
  private long flushedAt = System.nanoTime();

  public Ledger(SparkSession spark, Lake lake, Policy policy) {
    this.progress = new StreamProgress(spark, lake);
    this.policy = policy;
  }

  /** Tells of a query before it starts; accounts for what a killed job left out. */
  public void open(String query, Checkpoint checkpoint) {
    checkpoints.put(query, checkpoint);
    Optional<String> queryId = checkpoint.queryId();
    Optional<Long> done = checkpoint.lastCommitted();
    if (queryId.isEmpty() || done.isEmpty()) {
      return;
    }

    long next = progress.lastBatch(queryId.get()).map(last -> last + 1).orElse(0L);
    for (long batch : checkpoint.planned(next, done.get())) {
      leftOut(query, queryId.get(), checkpoint, batch).ifPresent(unwritten::add);
    }
  }

  /** Tells how many events of a micro-batch were written, where a query cannot observe it. */
  public void written(String query, long batchId, long events) {
    written.put(query + " " + batchId, events);
  }

  /** Where the records of a query went in this run. */
  public Split of(String query) {
    return totals.getOrDefault(query, Split.EMPTY);
  }

  @Override
  public void onQueryStarted(QueryStartedEvent event) {}

  @Override
  public void onQueryProgress(QueryProgressEvent event) {
    StreamingQueryProgress batch = event.progress();
    if (!checkpoints.containsKey(batch.name())) {
      return;
    }

    StreamAccount account;
    try {
      account = account(batch);
    } catch (RuntimeException unreadable) {
      // Spark would note it in its log and go on.
      refuse(
          "%s: batch %d is missing in the ledger: %s"
              .formatted(batch.name(), batch.batchId(), unreadable));
      return;
    }

    unwritten.add(account);
    if (account.split().isPresent() && account.split().get().read() > 0) {
      tell(account, batch);
    }
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent event) {
    ended.add(event.runId());
  }

  /**
   * Writes what has gathered, if it is time.
   *
   * @throws Failure under {@code fail}, when records did not add up
   */
  void settle() {
    if (System.nanoTime() - flushedAt > FLUSH_NANOS) {
      flush();
    }

    Failure found = imbalance.getAndSet(null);
    if (found != null) {
      throw found;
    }
  }

  /** Writes all that has gathered once the queries have ended and told so. */
  void close(Iterable<UUID> runs) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LISTENER_PATIENCE_SECONDS);
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

    flush();
  }

  private synchronized void flush() {
    List<StreamAccount> accounts = new ArrayList<>();
    while (!unwritten.isEmpty()) {
      accounts.add(unwritten.poll());
    }

    if (!accounts.isEmpty()) {
      progress.append(accounts);
    }

    flushedAt = System.nanoTime();
  }

  private void tell(StreamAccount account, StreamingQueryProgress batch) {
    Split split = account.split().orElseThrow();
    Split total = totals.merge(account.query(), split, Split::plus);
    LOG.info(
        "{}: batch {} of {} records in {} ms; so far {} counted, {} duplicate, {} late, {} rejected",
        account.query(),
        account.batchId(),
        split.read(),
        batch.batchDuration(),
        total.counted(),
        total.duplicate(),
        total.late(),
        total.rejected());
    if (account.missing() > 0) {
      LOG.warn(
          "{}: batch {} spans {} offsets and found {} records: the others expired unread, or the topic is compacted or transactional",
          account.query(),
          account.batchId(),
          account.spanned(),
          split.read());
    }

    if (!split.balances()) {
      refuse(
          "%s: the records of batch %d do not add up: %s; see ops/stream_progress"
              .formatted(account.query(), account.batchId(), split));
    }
  }

  private void refuse(String message) {
    LOG.warn("{}", message);
    if (policy == Policy.fail) {
      imbalance.set(
          new Failure(
              ErrorCode.STREAM_LEDGER_UNBALANCED,
              message + "; -D speed.ledger-policy=warn lets it pass"));
    }
  }

  private StreamAccount account(StreamingQueryProgress batch) {
    Instant startedAt = Instant.parse(batch.timestamp());
    Checkpoint checkpoint = checkpoints.get(batch.name());
    Optional<Row> counted = Optional.ofNullable(batch.observedMetrics().get(COUNTED));
    return new StreamAccount(
        batch.name(),
        batch.id().toString(),
        batch.batchId(),
        startedAt,
        batch.batchDuration(),
        offsets(batch, checkpoint),
        Optional.of(split(batch, counted)),
        checkpoint.watermark(batch.batchId()),
        lateBefore(checkpoint, batch.batchId()),
        counted.flatMap(row -> Optional.ofNullable(row.<Instant>getAs(OLDEST))),
        counted.flatMap(row -> Optional.ofNullable(row.<Instant>getAs(NEWEST))),
        stateRows(batch));
  }

  private Split split(StreamingQueryProgress batch, Optional<Row> counted) {
    Row records = batch.observedMetrics().get(RECORDS);
    if (records == null) {
      return Split.EMPTY;
    }

    long duplicate = 0;
    long late = 0;
    for (StateOperatorProgress operator : batch.stateOperators()) {
      // The windows behind it never see a record that it let pass as late.
      if (operator.operatorName().equals(DEDUPLICATION)) {
        duplicate += operator.customMetrics().getOrDefault("numDroppedDuplicateRows", 0L);
        late += operator.numRowsDroppedByWatermark();
      }
    }

    Long events = written.remove(batch.name() + " " + batch.batchId());
    long kept = events != null ? events : counted.map(row -> row.<Long>getAs(EVENTS)).orElse(0L);
    return new Split(records.getAs(READ), kept, duplicate, late, records.getAs(REJECTED));
  }

  private static long stateRows(StreamingQueryProgress batch) {
    long rows = 0;
    for (StateOperatorProgress operator : batch.stateOperators()) {
      rows += operator.numRowsTotal();
    }

    return rows;
  }

  /** Spark drops what was late already in the micro-batch before. */
  private static Optional<Instant> lateBefore(Checkpoint checkpoint, long batchId) {
    return batchId == 0 ? Optional.empty() : checkpoint.watermark(batchId - 1);
  }

  private static List<OffsetRange> offsets(StreamingQueryProgress batch, Checkpoint checkpoint) {
    List<OffsetRange> ranges = new ArrayList<>();
    for (SourceProgress source : batch.sources()) {
      if (source.description().startsWith("Kafka")) {
        // Spark tells no start of the first micro-batch, nor of a partition that is new.
        Map<Integer, Long> start =
            source.startOffset() == null
                ? checkpoint.initialOffsets()
                : Checkpoint.partitions(Optional.of(source.startOffset()));
        Map<Integer, Long> end = Checkpoint.partitions(Optional.ofNullable(source.endOffset()));
        Map<Integer, Long> latest =
            Checkpoint.partitions(Optional.ofNullable(source.latestOffset()));
        end.forEach(
            (partition, to) ->
                ranges.add(
                    new OffsetRange(
                        Checkpoint.topic(source.endOffset()),
                        partition,
                        start.getOrDefault(partition, 0L),
                        to,
                        latest.getOrDefault(partition, to))));
      }
    }

    return ranges;
  }

  private static Optional<StreamAccount> leftOut(
      String query, String queryId, Checkpoint checkpoint, long batchId) {
    return checkpoint
        .kafkaOffsets(batchId)
        .map(
            end -> {
              Map<Integer, Long> start =
                  checkpoint
                      .kafkaOffsets(batchId - 1)
                      .orElseGet(() -> batchId == 0 ? checkpoint.initialOffsets() : end);
              List<OffsetRange> ranges = new ArrayList<>();
              end.forEach(
                  (partition, to) ->
                      ranges.add(
                          new OffsetRange(
                              checkpoint.kafkaTopic(batchId).orElse(""),
                              partition,
                              start.getOrDefault(partition, 0L),
                              to,
                              to)));
              return new StreamAccount(
                  query,
                  queryId,
                  batchId,
                  Instant.now(),
                  Duration.ZERO.toMillis(),
                  ranges,
                  Optional.empty(),
                  checkpoint.watermark(batchId),
                  lateBefore(checkpoint, batchId),
                  Optional.empty(),
                  Optional.empty(),
                  0);
            });
  }
}
