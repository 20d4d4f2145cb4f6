package serving.server;

import common.settings.ServeSettings;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.HttpChannel;
import org.eclipse.jetty.server.HttpConnection;
import org.eclipse.jetty.server.Request;

/**
 * Closes connections whose clients take too long to send a request or to receive a response.
 * Jetty's idle timeout alone does not suffice, because it restarts with every byte. Event streams
 * are not affected.
 */
final class SlowClients implements Connection.Listener, HttpChannel.Listener, AutoCloseable {
  private static final Duration UNDER_PRESSURE = Duration.ofSeconds(2);

  private final Duration patience;
  private final Duration answering;
  private final int crowded;
  private final Map<EndPoint, Phase> phases = new ConcurrentHashMap<>();
  private final Repeated sweeps =
      new Repeated("slow clients", Duration.ofMillis(500), Duration.ZERO, this::closeOverdue);

  SlowClients(ServeSettings settings) {
    this.patience = settings.idleTimeout();
    this.answering = settings.timeout().plus(settings.idleTimeout());
    this.crowded = Math.max(1, settings.maxConnections() * 3 / 4);
  }

  /**
   * The current activity of a connection and its start.
   *
   * @param request the request being answered; null while the connection waits for a complete
   *     request
   */
  private record Phase(Request request, long since) {
    static Phase of(Request request) {
      return new Phase(request, System.nanoTime());
    }
  }

  void start() {
    sweeps.start();
  }

  @Override
  public void onOpened(Connection connection) {
    if (connection instanceof HttpConnection) {
      phases.put(connection.getEndPoint(), Phase.of(null));
    }
  }

  @Override
  public void onClosed(Connection connection) {
    phases.remove(connection.getEndPoint());
  }

  @Override
  public void onRequestBegin(Request request) {
    enter(request, Phase.of(request));
  }

  @Override
  public void onComplete(Request request) {
    enter(request, Phase.of(null));
  }

  private void enter(Request request, Phase phase) {
    // Not if the connection has been closed meanwhile.
    phases.computeIfPresent(request.getHttpChannel().getEndPoint(), (same, before) -> phase);
  }

  private void closeOverdue() {
    Duration waiting =
        phases.size() >= crowded && patience.compareTo(UNDER_PRESSURE) > 0
            ? UNDER_PRESSURE
            : patience;
    long now = System.nanoTime();
    phases.forEach(
        (connection, phase) -> {
          Duration limit = phase.request() == null ? waiting : answering;
          if (now - phase.since() > limit.toNanos() && !isEventStream(phase)) {
            connection.close(new TimeoutException("The client is too slow"));
          }
        });
  }

  private static boolean isEventStream(Phase phase) {
    return phase.request() != null && phase.request().isAsyncStarted();
  }

  @Override
  public void close() {
    sweeps.close();
  }
}
