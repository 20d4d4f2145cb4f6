package testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Requests that HTTP clients refuse to send: malformed, oversized or incomplete ones. */
public final class RawHttp {
  private static final int PATIENCE_MILLIS = 30_000;

  private RawHttp() {}

  /**
   * A response.
   *
   * @param head status line and headers
   */
  public record Response(String head, String body) {
    public int status() {
      return Integer.parseInt(head.split(" ", 3)[1]);
    }

    public Optional<String> header(String name) {
      return lines().stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name + ":"))
          .map(line -> line.substring(name.length() + 1).strip())
          .findFirst();
    }

    private List<String> lines() {
      return Arrays.asList(head.split("\r\n"));
    }
  }

  /**
   * Sends a request, and reads until the server closes the connection.
   *
   * @param request whose header {@code Connection} is {@code close}
   */
  public static Response send(int port, String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      String answer = new String(socket.getInputStream().readAllBytes(), ISO_8859_1);
      String[] parts = answer.split("\r\n\r\n", 2);
      return new Response(parts[0], parts.length > 1 ? parts[1] : "");
    }
  }
}
