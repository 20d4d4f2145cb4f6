package serving.query;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import common.ErrorCode;
import common.Failure;
import common.secrets.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import javax.net.ssl.SSLException;

/**
 * Sends requests to a running server.
 *
 * <p>Uses the older of Java's two HTTP clients, because the newer one keeps a thread in a system
 * call, and a JVM waits 300 ms for such a thread before it exits.
 *
 * @param server address of the server, without a path
 * @param token token that the server requires; empty for none
 */
record ServerClient(URI server, Secret token) {
  private static final int PATIENCE_MILLIS = 60_000;

  /**
   * Codes that are kept, because the message also tells the user of this command what to correct.
   */
  private static final List<ErrorCode> SHARED_CODES =
      List.of(ErrorCode.OPTION_INVALID, ErrorCode.VIEW_UNKNOWN, ErrorCode.ANSWER_TOO_OLD);

  /**
   * The server's response to a request for a media type.
   *
   * @throws Failure when there is none, or the server refuses the request
   */
  Response get(String path, String type) throws IOException {
    Response response;
    try {
      response = send(path, type);
    } catch (SocketTimeoutException slow) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "%s did not respond within a minute: try again, or ask for fewer keys or a shorter time range"
              .formatted(server),
          slow);
    } catch (SSLException untrusted) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "No secure connection to %s: %s; Java must trust the authority of its certificate (javax.net.ssl.trustStore)"
              .formatted(server, Failure.root(untrusted).getMessage()),
          untrusted);
    } catch (IOException unreachable) {
      throw new Failure(
          ErrorCode.SERVER_UNREACHABLE,
          "No response from %s: start the server with scripts/submit.sh serve, or correct --server"
              .formatted(server),
          unreachable);
    }

    if (response.status() != HttpURLConnection.HTTP_OK) {
      throw refused(response);
    }

    if (!response.header("Content-Type").orElse("").startsWith(type)) {
      throw new Failure(
          ErrorCode.SERVER_REFUSED,
          "The response from %s is not from serve: correct --server".formatted(server));
    }

    return response;
  }

  private Response send(String path, String type) throws IOException {
    HttpURLConnection request = (HttpURLConnection) server.resolve(path).toURL().openConnection();
    request.setConnectTimeout(PATIENCE_MILLIS);
    request.setReadTimeout(PATIENCE_MILLIS);
    request.setInstanceFollowRedirects(false);
    request.setRequestProperty("Accept", type);
    if (!token.isEmpty()) {
      request.setRequestProperty("Authorization", "Bearer " + token.revealed());
    }

    int status = request.getResponseCode();
    try (InputStream body =
        status < HttpURLConnection.HTTP_BAD_REQUEST
            ? request.getInputStream()
            : request.getErrorStream()) {
      String text = body == null ? "" : new String(body.readAllBytes(), UTF_8);
      return new Response(status, request.getHeaderFields(), text);
    }
  }

  private Failure refused(Response response) throws IOException {
    Map<String, String> problem = problem(response.body());
    String detail = problem.getOrDefault("detail", "");
    for (ErrorCode code : SHARED_CODES) {
      if (code.name().equals(problem.get("code"))) {
        return new Failure(code, detail);
      }
    }

    return new Failure(
        ErrorCode.SERVER_REFUSED,
        "%s answered with status %d%s"
            .formatted(server, response.status(), detail.isEmpty() ? "" : ": " + detail));
  }

  /** The members of problem details (RFC 9457); empty if the text is not JSON. */
  private static Map<String, String> problem(String text) throws IOException {
    Map<String, String> members = new HashMap<>();
    try {
      forEachScalar(text, members::put);
    } catch (JsonParseException other) {
      return Map.of();
    }

    return members;
  }

  /**
   * Passes each value of a JSON text that is not an object or array on, with the name of its
   * member.
   */
  static void forEachScalar(String json, BiConsumer<String, String> action) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      for (JsonToken next = parser.nextToken(); next != null; next = parser.nextToken()) {
        if (next.isScalarValue()) {
          action.accept(parser.currentName(), parser.getText());
        }
      }
    }
  }

  /**
   * A response.
   *
   * @param headers by name, without regard to case
   */
  record Response(int status, Map<String, List<String>> headers, String body) {
    Optional<String> header(String name) {
      return headers.entrySet().stream()
          .filter(header -> name.equalsIgnoreCase(header.getKey()))
          .map(header -> header.getValue().get(0))
          .findFirst();
    }
  }
}
