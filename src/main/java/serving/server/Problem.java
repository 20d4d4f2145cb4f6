package serving.server;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.ErrorCode;
import common.Failure;
import io.javalin.http.Context;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.http.HttpStatus;

/**
 * An error response with problem details (RFC 9457). Only messages about the request itself are
 * shown. Other messages may contain paths, so a fixed text and the error code are shown instead.
 *
 * @param detail what is wrong with this request
 * @param code stable code for programs
 */
record Problem(int status, String detail, String code) {
  static final String MEDIA_TYPE = "application/problem+json";

  private static final ObjectMapper JSON = new ObjectMapper();

  static Problem of(Exception error) {
    Optional<Failure> failure =
        error instanceof Failure known ? Optional.of(known) : Optional.empty();
    ErrorCode code = failure.map(Failure::code).orElse(ErrorCode.UNEXPECTED);
    return switch (code) {
      case OPTION_INVALID -> new Problem(400, failure.orElseThrow().getMessage(), code.name());
      case VIEW_UNKNOWN -> new Problem(404, failure.orElseThrow().getMessage(), code.name());
      case DATA_MISSING -> new Problem(404, "There is no data for this view yet", code.name());
      case QUERY_TOO_LONG, ANSWER_TOO_OLD ->
          new Problem(503, failure.orElseThrow().getMessage(), code.name());
      case LAKE_TABLE_UNFIT, VIEW_DEFINITION_CHANGED ->
          new Problem(503, "A table of this view cannot be read; run status", code.name());
      default -> new Problem(500, "Internal error; see the log of the server", code.name());
    };
  }

  /** A request that the HTTP server itself refuses. */
  static Problem ofStatus(int status) {
    return new Problem(status, HttpStatus.getMessage(status), "REQUEST_REFUSED");
  }

  static Problem notFound() {
    return new Problem(404, "Not found; see /openapi.yaml", "NOT_FOUND");
  }

  /** Sends the problem as the response to a request. */
  void send(Context context) {
    context.status(status).contentType(MEDIA_TYPE).result(json());
  }

  /** Sends the problem, and skips the remaining handlers. */
  void refuse(Context context) {
    send(context);
    context.skipRemainingHandlers();
  }

  String json() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", "about:blank");
    members.put("title", HttpStatus.getMessage(status));
    members.put("status", status);
    members.put("detail", detail);
    members.put("code", code);
    try {
      return JSON.writeValueAsString(members);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
