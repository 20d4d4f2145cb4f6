package serving.query;

import common.Failure;
import common.lake.Lake;
import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import common.ops.StreamProgress;
import common.session.Session;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Row;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs queries in one warm Spark session, for lakes that are not on this machine's disks. Each
 * query has a separate job group, which is cancelled if the query ends early.
 */
public final class SparkEngine implements QueryEngine {
  private static final Logger LOG = LoggerFactory.getLogger(SparkEngine.class);

  private final Session session;
  private final Lake lake;
  private final Duration timeout;

  /** More concurrent queries would only compete for the cores. */
  private final ExecutorService queries =
      Executors.newFixedThreadPool(
          2 * Runtime.getRuntime().availableProcessors(),
          task -> {
            Thread thread = new Thread(task, "query");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Creates an engine; Spark starts with the first query.
   *
   * @param timeout time after which a query is cancelled, including its wait for other queries
   */
  public SparkEngine(Session session, Lake lake, Duration timeout) {
    this.session = session;
    this.lake = lake;
    this.timeout = timeout;
  }

  @Override
  public void prepare(Collection<View> views) {
    session.spark();
    for (View view : views) {
      try {
        Layers.read(lake, view).ifPresent(layers -> warm(view, layers));
      } catch (Failure unfit) {
        LOG.warn("Cannot read {} yet: {}", view.name(), unfit.getMessage());
      }
    }
  }

  /**
   * Reads the last day, without a timeout, so that Delta reads the tables' logs and Spark loads and
   * compiles its code.
   */
  private void warm(View view, Layers layers) {
    Optional<Instant> lastDay =
        layers.firstAndLastDate().stream()
            .max(Comparator.naturalOrder())
            .map(date -> date.atStartOfDay(ZoneOffset.UTC).toInstant());
    RowFilter recent = new RowFilter(lastDay, Optional.empty());
    router()
        .rows(new RowRequest(view, Accuracy.any, recent, OptionalInt.of(1), List.of()), layers)
        .collectAsList();
  }

  @Override
  public List<Row> rows(RowRequest request, Layers layers) throws InterruptedException {
    return within(
        "serve: rows of " + request.view().name(),
        () -> router().rows(request, layers).collectAsList());
  }

  @Override
  public Optional<Row> newest(View view, RowFilter key, Layers layers) throws InterruptedException {
    return within(
        "serve: newest window of " + view.name(),
        () -> router().newest(view, key, layers).collectAsList().stream().findFirst());
  }

  @Override
  public Optional<Extent> extent(View view, Layers layers) throws InterruptedException {
    return within(
        "serve: first and last window of " + view.name(),
        () -> Extent.of(router().extent(view, layers).first()));
  }

  @Override
  public List<LedgerStatement.Totals> ledger(List<DataFile> files, Instant from, Duration interval)
      throws InterruptedException {
    return within(
        "serve: recent ledger",
        () ->
            LedgerStatement.totals(StreamProgress.table(lake).read(files), from, interval)
                .collectAsList()
                .stream()
                .map(LedgerStatement.Totals::of)
                .toList());
  }

  private QueryRouter router() {
    return new QueryRouter(session.spark(), lake);
  }

  /**
   * Runs a query in a separate thread, because query planning, unlike a job, cannot be cancelled.
   */
  <T> T within(String description, Callable<T> query) throws InterruptedException {
    Future<T> result = queries.submit(() -> inGroup(description, query));
    try {
      return result.get(timeout.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException late) {
      throw QueryFailures.tooLong();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(failed.getCause());
    } finally {
      // Has no effect on a query that has ended.
      result.cancel(true);
    }
  }

  private <T> T inGroup(String description, Callable<T> query) throws Exception {
    SparkContext context = session.spark().sparkContext();
    String group = UUID.randomUUID().toString();
    context.setJobGroup(group, description, true);
    boolean complete = false;
    try {
      T result = query.call();
      complete = true;
      return result;
    } finally {
      // The interrupt ends the wait for a job, not the job.
      if (!complete) {
        context.cancelJobGroup(group);
      }
    }
  }

  @Override
  public void close() {
    queries.shutdownNow();
  }
}
