package testing;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Requests that HTTP clients refuse to send: malformed, oversized or incomplete requests. */
public final class RawHttp {
  private static final int PATIENCE_MILLIS = 30_000;
  private static final String END = "\r\n\r\n";

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

  /** Sends a request, and reads the response to its end. */
  public static Response send(int port, String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(PATIENCE_MILLIS);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      InputStream in = new BufferedInputStream(socket.getInputStream());
      StringBuilder head = new StringBuilder();
      for (int next = in.read(); next >= 0; next = in.read()) {
        head.append((char) next);
        if (head.length() >= END.length() && head.indexOf(END, head.length() - END.length()) >= 0) {
          break;
        }
      }

      Response empty = new Response(head.toString(), "");
      int length =
          request.startsWith("HEAD ")
              ? 0
              : empty.header("content-length").map(Integer::parseInt).orElse(Integer.MAX_VALUE);
      return new Response(head.toString(), new String(in.readNBytes(length), ISO_8859_1));
    }
  }
}
