package testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** Proxies an HTTPS server and fails some of the requests, as a busy service does. */
public final class FaultyProxy implements AutoCloseable {
  private static final List<String> OWN =
      List.of("host", "connection", "content-length", "expect", "upgrade", "transfer-encoding");

  private final HttpsServer server;
  private final HttpClient client;
  private final int behind;
  private final AtomicInteger failing = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private volatile int status;
  private volatile long refusedUntil = System.nanoTime();
  private volatile String refusedMethod = "";
  private volatile String refusedEnding = "";

  private FaultyProxy(HttpsServer server, HttpClient client, int behind) {
    this.server = server;
    this.client = client;
    this.behind = behind;
  }

  /** Forwards to a local port and replaces it with the proxy's port in the root document. */
  public static FaultyProxy before(int port) throws Exception {
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(TestCertificate.trusted().tls()));
    server.setExecutor(Executors.newFixedThreadPool(4));
    HttpClient client = HttpClient.newBuilder().sslContext(TestCertificate.trusted().tls()).build();
    FaultyProxy proxy = new FaultyProxy(server, client, port);
    server.createContext("/", proxy::handle);
    server.start();
    return proxy;
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** Fails the next requests with this method and path suffix. */
  public void refuse(int requests, int with, String method, String ending) {
    status = with;
    refusedMethod = method;
    refusedEnding = ending;
    refused.set(0);
    failing.set(requests);
  }

  /** Fails all such requests for a period. */
  public void refuseFor(Duration time, int with, String method, String ending) {
    refuse(0, with, method, ending);
    refusedUntil = System.nanoTime() + time.toNanos();
  }

  /** The number of requests failed since the last refusal was set up. */
  public int refused() {
    return refused.get();
  }

  @Override
  public void close() {
    server.stop(0);
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    boolean meant =
        exchange.getRequestMethod().equals(refusedMethod)
            && exchange.getRequestURI().getPath().replaceFirst("/$", "").endsWith(refusedEnding);
    boolean refusing =
        failing.getAndUpdate(left -> meant ? Math.max(0, left - 1) : left) > 0
            || System.nanoTime() - refusedUntil < 0;
    if (meant && refusing) {
      refused.incrementAndGet();
      exchange.getResponseHeaders().add("x-ms-retry-after-ms", "20");
      reply(
          exchange,
          status,
          "{\"code\":\"TooManyRequests\",\"message\":\"later\"}".getBytes(StandardCharsets.UTF_8));
      return;
    }

    try {
      forward(exchange, body);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new IOException(stopped);
    }
  }

  private void forward(HttpExchange exchange, byte[] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + behind + exchange.getRequestURI()))
            .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.ofByteArray(body));
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> {
              if (!OWN.contains(name.toLowerCase(Locale.ROOT))) {
                values.forEach(value -> request.header(name, value));
              }
            });
    HttpResponse<byte[]> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    answer
        .headers()
        .map()
        .forEach(
            (name, values) -> {
              if (!OWN.contains(name.toLowerCase(Locale.ROOT)) && !name.startsWith(":")) {
                values.forEach(value -> exchange.getResponseHeaders().add(name, value));
              }
            });
    byte[] content = answer.body();
    if (exchange.getRequestURI().getPath().equals("/")) {
      content =
          new String(content, StandardCharsets.UTF_8)
              .replace(":" + behind, ":" + port())
              .getBytes(StandardCharsets.UTF_8);
    }

    if (exchange.getRequestMethod().equals("HEAD")) {
      answer
          .headers()
          .firstValue("content-length")
          .ifPresent(length -> exchange.getResponseHeaders().set("content-length", length));
    }

    reply(exchange, answer.statusCode(), content);
  }

  private static void reply(HttpExchange exchange, int status, byte[] body) throws IOException {
    boolean none = body.length == 0 || status == 204 || status == 304;
    exchange.sendResponseHeaders(status, none ? -1 : body.length);
    if (!none) {
      exchange.getResponseBody().write(body);
    }

    exchange.close();
  }
}
