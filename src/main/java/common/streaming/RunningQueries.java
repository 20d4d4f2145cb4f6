package common.streaming;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.hadoop.util.ShutdownHookManager;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Streaming queries from their start until all have ended, one has failed, or the JVM is asked to
 * stop (SIGTERM, SIGINT). Asked to stop, each query first ends the micro-batch that it is in.
 */
public final class RunningQueries {
  private static final Logger PROGRESS = LoggerFactory.getLogger("progress");

  /** Before Spark's own hook (50), which would stop the context under the running batch. */
  private static final int HOOK_PRIORITY = 100;

  private static final long BATCH_PATIENCE_SECONDS = 60;
  private static final long POLL_MILLIS = 100;

  private final List<StreamingQuery> queries;

  private RunningQueries(List<StreamingQuery> queries) {
    this.queries = queries;
  }

  /** Starts the queries and waits for them. */
  public static void run(List<DataStreamWriter<Row>> writers)
      throws StreamingQueryException, TimeoutException {
    RunningQueries running = new RunningQueries(new CopyOnWriteArrayList<>());
    Runnable hook = running::stop;
    ShutdownHookManager hooks = ShutdownHookManager.get();
    hooks.addShutdownHook(hook, HOOK_PRIORITY, BATCH_PATIENCE_SECONDS + 10, TimeUnit.SECONDS);
    try {
      for (DataStreamWriter<Row> writer : writers) {
        running.queries.add(writer.start());
      }

      running.await();
    } finally {
      if (!hooks.isShutdownInProgress()) {
        hooks.removeShutdownHook(hook);
      }

      running.queries.forEach(RunningQueries::stopNow);
    }
  }

  private void await() throws StreamingQueryException {
    while (queries.stream().anyMatch(StreamingQuery::isActive)) {
      for (StreamingQuery query : queries) {
        query.awaitTermination(POLL_MILLIS);
      }
    }

    for (StreamingQuery query : queries) {
      // Throws when the query has failed, also before the first look above.
      query.awaitTermination();
    }
  }

  private void stop() {
    PROGRESS.info("Stopping: {} streaming queries end their micro-batch first", queries.size());
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

    PROGRESS.info("Stopped");
  }

  private static void stopNow(StreamingQuery query) {
    try {
      query.stop();
    } catch (TimeoutException stuck) {
      PROGRESS.warn("Query {} did not stop in time: {}", query.name(), stuck.getMessage());
    }
  }
}
