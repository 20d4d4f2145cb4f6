package serving.server;

import common.settings.ServeSettings;
import io.javalin.config.JavalinConfig;
import java.util.EnumSet;
import java.util.Optional;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.ConnectionLimit;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** How connections are accepted: address, TLS, and limits on connections, threads and sizes. */
final class HttpTransport implements AutoCloseable {
  private static final int MOST_THREADS = 200;
  private static final int LEAST_THREADS = 8;
  private static final int THREAD_IDLE_MILLIS = 60_000;

  /** Tokens of Entra ID that list groups have several kilobytes. */
  private static final int MOST_HEADER_BYTES = 16 * 1024;

  private final ServeSettings settings;
  private final String host;
  private final int port;
  private final Optional<ServerCertificate> certificate;
  private final SlowClients slowClients;

  HttpTransport(ServeSettings settings, String host, int port) {
    this.settings = settings;
    this.host = host;
    this.port = port;
    this.certificate = settings.tls().map(ServerCertificate::new);
    this.slowClients = new SlowClients(settings);
  }

  void configure(JavalinConfig config) {
    config.jetty.threadPool = new QueuedThreadPool(MOST_THREADS, LEAST_THREADS, THREAD_IDLE_MILLIS);
    config.jetty.modifyServer(server -> server.setErrorHandler(new ErrorPages()));
    config.jetty.modifyServletContextHandler(
        servlets -> servlets.setErrorHandler(new ErrorPages()));
    config.jetty.addConnector(this::connector);
  }

  private ServerConnector connector(Server server, HttpConfiguration http) {
    http.setRequestHeaderSize(MOST_HEADER_BYTES);
    // A request with a body is refused before the body arrives.
    http.setDelayDispatchUntilContent(false);
    http.addCustomizer(
        (connector, all, request) -> request.setHttpFields(withoutPreconditions(request)));
    HttpConnectionFactory plain = new HttpConnectionFactory(http);
    ServerConnector connector;
    if (certificate.isPresent()) {
      // Health checks of load balancers address the server by its IP address, so any name is
      // accepted.
      http.addCustomizer(new SecureRequestCustomizer(false));
      connector =
          new ServerConnector(
              server,
              new SslConnectionFactory(certificate.get().tls(), plain.getProtocol()),
              plain);
      server.addBean(certificate.get().scanner());
    } else {
      connector = new ServerConnector(server, plain);
    }

    connector.setHost(host);
    connector.setPort(port);
    connector.setIdleTimeout(settings.idleTimeout().toMillis());
    connector.setAcceptQueueSize(settings.maxConnections());
    connector.addBean(slowClients);
    server.addBean(new ConnectionLimit(settings.maxConnections(), connector));
    return connector;
  }

  /**
   * The headers of a request, without range headers and without the preconditions If-Match and
   * If-Unmodified-Since: Jetty's static file handler would answer with errors that have no body or
   * a wrong length.
   */
  private static HttpFields withoutPreconditions(Request request) {
    return HttpFields.build(request.getHttpFields())
        .remove(
            EnumSet.of(
                HttpHeader.RANGE,
                HttpHeader.IF_RANGE,
                HttpHeader.IF_MATCH,
                HttpHeader.IF_UNMODIFIED_SINCE));
  }

  /** Starts the monitoring of connections. */
  void start() {
    slowClients.start();
  }

  @Override
  public void close() {
    slowClients.close();
  }
}
