package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP server that records requests and responds as a test specifies: with 200 unless other
 * responses are queued.
 */
public final class WebhookServer implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Queue<Response> responses = new ArrayDeque<>();
  private final List<Request> requests = new CopyOnWriteArrayList<>();

  /** A request, and the status of its response. */
  public record Request(String path, String contentType, String body, int status) {}

  private record Response(int status, Map<String, String> headers, long delayMillis) {}

  private WebhookServer(int port) throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  public static WebhookServer start() throws IOException {
    return new WebhookServer(0);
  }

  /** Starts a server on a given port, which must be free. */
  public static WebhookServer on(int port) throws IOException {
    return new WebhookServer(port);
  }

  public String url() {
    return "http://localhost:%d/hook".formatted(server.getAddress().getPort());
  }

  /** Queues a response with this status. */
  public WebhookServer then(int status) {
    return then(status, Map.of());
  }

  public synchronized WebhookServer then(int status, Map<String, String> headers) {
    responses.add(new Response(status, headers, 0));
    return this;
  }

  /** Queues a response that is sent only after this time. */
  public synchronized WebhookServer thenHang(long millis) {
    responses.add(new Response(200, Map.of(), millis));
    return this;
  }

  public List<Request> requests() {
    return requests;
  }

  /** The bodies of the accepted requests. */
  public List<String> accepted() {
    return requests.stream().filter(request -> request.status() == 200).map(Request::body).toList();
  }

  /** Waits until this many requests have been accepted, for at most a minute. */
  public List<String> awaitAccepted(int number) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (accepted().size() < number && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }

    return accepted();
  }

  private void handle(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
    Response response = next();
    sleep(response.delayMillis());
    response.headers().forEach(exchange.getResponseHeaders()::add);
    requests.add(
        new Request(
            exchange.getRequestURI().getPath(),
            exchange.getRequestHeaders().getFirst("Content-Type"),
            body,
            response.status()));
    exchange.sendResponseHeaders(response.status(), -1);
    exchange.close();
  }

  private synchronized Response next() {
    Response next = responses.poll();
    return next == null ? new Response(200, Map.of(), 0) : next;
  }

  private static void sleep(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
