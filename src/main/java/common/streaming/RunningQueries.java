package common.streaming;

import common.session.SessionSetting;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Manages streaming queries from their start until all have ended, one has failed, or the JVM is
 * asked to stop (SIGTERM, SIGINT). When asked to stop, each query first completes its current
 * micro-batch.
 */
public final class RunningQueries implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(RunningQueries.class);

  /** Runs before Spark's own hook (50), which would stop the context while a batch is running. */
  private static final int HOOK_PRIORITY = 100;

  private static final String NO_DATA_BATCHES = "spark.sql.streaming.noDataMicroBatches.enabled";

  private static final long BATCH_PATIENCE_SECONDS = 60;
  private static final long POLL_MILLIS = 100;

  private final SparkSession spark;
  private final List<Planned> planned;
  private final Ledger ledger;
  private final LedgerListener listener;
  private final List<StreamingQuery> queries = new CopyOnWriteArrayList<>();
  private final Runnable hook = this::stop;

  private RunningQueries(SparkSession spark, List<Planned> planned, Ledger ledger) {
    this.spark = spark;
    this.planned = planned;
    this.ledger = ledger;
    this.listener = new LedgerListener(ledger);
  }

  /**
   * Whether Spark runs a micro-batch without data once the watermark has advanced. Such a
   * micro-batch scans the whole deduplication state. Queries that emit windows on close need it,
   * and so do queries that are about to end, so that the next run begins with the newest watermark.
   * For other queries, the next micro-batch with data removes expired state.
   */
  public enum EmptyMicroBatches {
    run,
    skipped
  }

  /**
   * A query that is ready to start.
   *
   * @param target closed once the query has ended
   */
  public record Planned(
      DataStreamWriter<Row> writer, EmptyMicroBatches emptyMicroBatches, AutoCloseable target)
      implements AutoCloseable {

    /** A query without state, whose target needs no closing. */
    public static Planned stateless(DataStreamWriter<Row> writer) {
      return new Planned(writer, EmptyMicroBatches.run, () -> {});
    }

    private StreamingQuery start(SparkSession spark) throws TimeoutException {
      return switch (emptyMicroBatches) {
        case run -> writer.start();
        case skipped ->
            SessionSetting.during(spark, NO_DATA_BATCHES, "false", () -> writer.start());
      };
    }

    @Override
    public void close() {
      try {
        target.close();
      } catch (Exception failed) {
        LOG.warn("Could not close a sink", failed);
      }
    }
  }

  /**
   * Starts the queries.
   *
   * @param ledger ledger in which the queries are registered
   */
  public static RunningQueries start(SparkSession spark, List<Planned> planned, Ledger ledger)
      throws TimeoutException {
    RunningQueries running = new RunningQueries(spark, planned, ledger);
    spark.streams().addListener(running.listener);
    ShutdownHookManager.get()
        .addShutdownHook(
            running.hook, HOOK_PRIORITY, BATCH_PATIENCE_SECONDS + 30, TimeUnit.SECONDS);
    try {
      for (Planned query : planned) {
        running.queries.add(query.start(spark));
      }

      return running;
    } catch (Exception failed) {
      running.close();
      throw failed;
    }
  }

  /** Waits until all queries have ended or one has failed. */
  public void await() throws StreamingQueryException {
    while (areActive()) {
      poll();
    }

    for (StreamingQuery query : queries) {
      // Throws if the query has failed, even before the first check above.
      query.awaitTermination();
    }
  }

  /**
   * Waits until all queries have ended, but not much longer than the given time, and writes the
   * accounts that are due.
   *
   * @throws StreamingQueryException when a query has failed
   */
  public void await(Duration atMost) throws StreamingQueryException {
    long deadline = System.nanoTime() + atMost.toNanos();
    do {
      poll();
    } while (areActive() && System.nanoTime() < deadline);
  }

  private boolean areActive() {
    return queries.stream().anyMatch(StreamingQuery::isActive);
  }

  private void poll() throws StreamingQueryException {
    for (StreamingQuery query : queries) {
      query.awaitTermination(POLL_MILLIS);
    }

    ledger.settle();
  }

  /** Waits until all data now in the sources has been processed. */
  public void processAllAvailable() {
    queries.forEach(StreamingQuery::processAllAvailable);
  }

  /**
   * Stops the queries and writes their accounts.
   *
   * @throws common.Failure when the accounts do not add up, under policy {@code fail}
   */
  @Override
  public void close() {
    try {
      end();
    } finally {
      spark.streams().removeListener(listener);
      ShutdownHookManager hooks = ShutdownHookManager.get();
      if (!hooks.isShutdownInProgress()) {
        hooks.removeShutdownHook(hook);
      }
    }

    ledger.settle();
  }

  private void end() {
    queries.forEach(RunningQueries::stopNow);
    listener.awaitEnd(queries.stream().map(StreamingQuery::runId).toList());
    try {
      ledger.flush();
    } finally {
      planned.forEach(Planned::close);
    }
  }

  private void stop() {
    LOG.info(
        "Stopping: {} streaming queries finish their current micro-batch first", queries.size());
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(BATCH_PATIENCE_SECONDS);
    for (StreamingQuery query : queries) {
      while (query.status().isTriggerActive() && System.nanoTime() < deadline) {
        try {
          Thread.sleep(POLL_MILLIS);
        } catch (InterruptedException hurried) {
          Thread.currentThread().interrupt();
          deadline = System.nanoTime();
        }
      }

      stopNow(query);
    }

    end();
    LOG.info("Stopped");
  }

  private static void stopNow(StreamingQuery query) {
    try {
      query.stop();
    } catch (TimeoutException stuck) {
      LOG.warn("Query {} did not stop in time: {}", query.name(), stuck.getMessage());
    }
  }
}
