package serving.server;

import common.ErrorCode;
import common.Failure;
import common.metrics.View;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import serving.query.Accuracy;
import serving.query.AnswerAge;
import serving.query.LayerUpdates;

/**
 * When the layers of each view were last up to date. Determining these times requires a Spark job,
 * so the last result is cached. A cached time may be earlier than the actual time, but never later.
 */
final class Freshness implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Freshness.class);
  private static final Duration PAUSE = Duration.ofSeconds(2);

  private final AnswerAge age;
  private final Duration timeout;
  private final Map<View, Known> last = new ConcurrentHashMap<>();
  private final Map<View, Future<LayerUpdates>> running = new ConcurrentHashMap<>();
  private final ExecutorService reader =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "freshness");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * Creates the cache.
   *
   * @param timeout how long a request may wait for the times
   */
  Freshness(AnswerAge age, Duration timeout) {
    this.age = age;
    this.timeout = timeout;
  }

  /** The times of a view, and when they were read. */
  private record Known(LayerUpdates updates, long readAt) {
    boolean isRecent() {
      return System.nanoTime() - readAt < PAUSE.toNanos();
    }
  }

  /** The times as they were last read; empty before that. */
  Optional<LayerUpdates> last(View view) {
    return Optional.ofNullable(last.get(view)).map(Known::updates);
  }

  /**
   * Fails if the data that a query would return is too old.
   *
   * @param most maximum age
   * @throws Failure that names the time of the latest update, or when determining that time takes
   *     too long
   */
  void require(View view, Accuracy accuracy, Duration most) throws InterruptedException {
    Known known = last.get(view);
    boolean read =
        known == null || (!age.isWithin(known.updates(), accuracy, most) && !known.isRecent());
    age.require(read ? readNow(view) : known.updates(), view, accuracy, most);
  }

  /** Reads the times of a view; if that fails, the previous ones remain. */
  void refresh(View view) {
    try {
      read(view);
    } catch (RuntimeException failed) {
      LOG.warn("Cannot read how fresh {} is: {}", view.name(), Failure.reason(failed));
    }
  }

  private LayerUpdates read(View view) {
    LayerUpdates updates = age.updates(view);
    last.put(view, new Known(updates, System.nanoTime()));
    return updates;
  }

  /** Reads the times now; concurrent requests wait for the same result. */
  private LayerUpdates readNow(View view) throws InterruptedException {
    Future<LayerUpdates> result =
        running.computeIfAbsent(
            view,
            same ->
                reader.submit(
                    () -> {
                      try {
                        return read(view);
                      } finally {
                        running.remove(view);
                      }
                    }));
    try {
      return result.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException slow) {
      throw new Failure(
          ErrorCode.QUERY_TOO_LONG,
          "Finding out how old the data is took too long: try again, or omit max-age",
          slow);
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof RuntimeException known
          ? known
          : new IllegalStateException(failed.getCause());
    }
  }

  @Override
  public void close() {
    reader.shutdownNow();
  }
}
