package serving.server;

import common.metrics.View;
import io.javalin.http.sse.SseClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import serving.query.Layers;

/**
 * Notifies clients of changes to a view through server-sent events: {@code version} with the new
 * version of the layers, and {@code health} with the time of the latest health checks. A comment
 * every five seconds shows each side that the other is still connected.
 */
final class Changes implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Changes.class);
  private static final int MOST_CLIENTS = 200;
  private static final long BEAT_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final LayerCache layers;
  private final HealthBoard health;
  private final Map<SseClient, Listener> clients = new ConcurrentHashMap<>();
  private final Repeated telling =
      new Repeated("changes", Duration.ofSeconds(1), Duration.ZERO, this::tell);

  Changes(LayerCache layers, HealthBoard health) {
    this.layers = layers;
    this.health = health;
  }

  void start() {
    telling.start();
  }

  /** A client's view, and the latest changes sent to the client. */
  private static final class Listener {
    private final View view;
    private String version = "";
    private String checked = "";
    private long beatAt = System.nanoTime();

    Listener(View view) {
      this.view = view;
    }
  }

  boolean isFull() {
    return clients.size() >= MOST_CLIENTS;
  }

  void add(View view, SseClient client) {
    client.keepAlive();
    client.onClose(() -> clients.remove(client));
    clients.put(client, new Listener(view));
  }

  private void tell() {
    clients.forEach(
        (client, listener) -> {
          try {
            tell(client, listener);
          } catch (RuntimeException failed) {
            LOG.warn("Cannot notify a client of changes", failed);
          }
        });
  }

  private void tell(SseClient client, Listener listener) {
    if (System.nanoTime() - listener.beatAt > BEAT_NANOS) {
      listener.beatAt = System.nanoTime();
      client.sendComment("alive");
    }

    String version = layers.of(listener.view).map(Layers::version).orElse("none");
    if (!version.equals(listener.version)) {
      listener.version = version;
      client.sendEvent("version", version);
    }

    String checked = health.last().map(result -> result.at().toString()).orElse("");
    if (!checked.equals(listener.checked)) {
      listener.checked = checked;
      client.sendEvent("health", checked);
    }
  }

  @Override
  public void close() {
    telling.close();
    clients.keySet().forEach(SseClient::close);
  }
}
