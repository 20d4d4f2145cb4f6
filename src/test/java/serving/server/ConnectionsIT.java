package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import common.session.Session;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.LayeredRows;
import testing.RawHttp;
import testing.TestLake;

/** Clients that send too much, too slowly, or nothing at all. */
class ConnectionsIT {
  private static final String END = "Host: localhost\r\nConnection: close\r\n\r\n";
  private static final int PATIENCE_MILLIS = 30_000;

  @TempDir private Path folder;
  private TestLake lake;
  private LakeServer server;
  private final List<Socket> sockets = new ArrayList<>();

  private void serve(Map<String, String> settings) throws Exception {
    lake = new TestLake(folder.resolve("lake"), settings);
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "127.0.0.1", 0);
  }

  @AfterEach
  void stop() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }

    server.close();
  }

  @Test
  void oversizedAndMalformedRequestsAreRefusedAsProblems() throws Exception {
    serve(Map.of());
    String get = "GET /v1/views HTTP/1.1\r\n";

    refused(414, "GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n" + END);
    refused(431, get + "X: " + "a".repeat(20_000) + "\r\n" + END);
    refused(413, get + "Content-Length: 3\r\n" + END + "abc");
    refused(413, get + "Content-Length: 1000000000\r\n" + END);
    refused(413, get + "Transfer-Encoding: chunked\r\n" + END + "3\r\nabc\r\n0\r\n\r\n");
    refused(400, get + "Connection: close\r\n\r\n");
    refused(400, get + "Content-Length: x\r\n" + END);
    refused(400, "nonsense\r\n" + END);
    refused(400, "GET /v1/views/%zz HTTP/1.1\r\n" + END);
    refused(400, "GET /v1/views/device_metrics/rows?key=%zz HTTP/1.1\r\n" + END);
    for (String method : List.of("POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")) {
      RawHttp.Response response = refused(405, method + " /v1/views HTTP/1.1\r\n" + END);
      assertThat(response.header("allow")).hasValue("GET, HEAD");
    }

    assertThat(RawHttp.send(server.port(), get + "X: " + "a".repeat(12_000) + "\r\n" + END))
        .as("a long token")
        .returns(200, RawHttp.Response::status);
  }

  private RawHttp.Response refused(int status, String request) throws IOException {
    RawHttp.Response response = RawHttp.send(server.port(), request);
    String shown = request.substring(0, Math.min(80, request.length()));
    assertThat(response.head()).as(shown).startsWith("HTTP/1.1 " + status + " ");
    assertThat(response.header("content-type")).as(shown).hasValue(Problem.MEDIA_TYPE);
    assertThat(response.header("x-content-type-options")).as(shown).hasValue("nosniff");
    assertThat(response.header("server")).as(shown).isEmpty();
    assertThat(response.body()).as(shown).startsWith("{\"type\":\"about:blank\",\"title\":");
    return response;
  }

  @Test
  void idleAndSlowClientsDoNotKeepOthersOut() throws Exception {
    serve(Map.of("serve.idle-timeout", "4s"));
    for (int i = 0; i < 1_000; i++) {
      open();
    }

    List<Socket> slow = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      slow.add(open());
      slow.get(i).getOutputStream().write("GET /v1/views HTTP/1.1\r\nX: ".getBytes(UTF_8));
    }

    Thread writer = new Thread(() -> drip(slow), "slow clients");
    writer.start();
    try {
      assertThat(status()).as("a normal client").isEqualTo(200);
      for (Socket socket : sockets) {
        assertThat(isClosedByServer(socket)).isTrue();
      }

      for (int i = 0; i < 50; i++) {
        assertThat(status()).as("after the attack").isEqualTo(200);
      }
    } finally {
      writer.interrupt();
      writer.join();
    }
  }

  @Test
  void aSlowRequestIsCutOffButAnEventStreamIsNot() throws Exception {
    serve(Map.of("serve.idle-timeout", "1s", "serve.timeout", "1s"));
    LayeredRows rows = new LayeredRows(lake).create();
    rows.speed(rows.row("a", "10:00", 1));
    Socket stream = open();
    stream
        .getOutputStream()
        .write(
            "GET /v1/views/device_metrics/changes HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n"
                .getBytes(UTF_8));
    BufferedReader events =
        new BufferedReader(new InputStreamReader(stream.getInputStream(), UTF_8));
    awaitVersion(events);

    Socket slow = open();
    slow.getOutputStream().write("GET /v1/views HTTP/1.1\r\nX: ".getBytes(UTF_8));
    Thread writer = new Thread(() -> drip(List.of(slow)), "slow client");
    writer.start();
    assertThat(isClosedByServer(slow)).isTrue();
    writer.join();
    Thread.sleep(2_500);

    rows.speed(rows.row("a", "10:01", 1));
    awaitVersion(events);
  }

  private static void awaitVersion(BufferedReader events) throws IOException {
    String line = events.readLine();
    while (line != null && !line.startsWith("event: version")) {
      line = events.readLine();
    }

    assertThat(line).as("the stream ended").isNotNull();
  }

  private Socket open() throws IOException {
    Socket socket = new Socket("127.0.0.1", server.port());
    socket.setSoTimeout(PATIENCE_MILLIS);
    sockets.add(socket);
    return socket;
  }

  /** Each client sends a byte from time to time, until the server has closed all connections. */
  private static void drip(List<Socket> slow) {
    List<Socket> open = new ArrayList<>(slow);
    while (!open.isEmpty()) {
      open.removeIf(
          socket -> {
            try {
              socket.getOutputStream().write('a');
              return false;
            } catch (IOException closed) {
              return true;
            }
          });
      try {
        Thread.sleep(100);
      } catch (InterruptedException over) {
        return;
      }
    }
  }

  private static boolean isClosedByServer(Socket socket) {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException open) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }

  private int status() throws IOException {
    return RawHttp.send(server.port(), "GET /v1/views HTTP/1.1\r\n" + END).status();
  }
}
