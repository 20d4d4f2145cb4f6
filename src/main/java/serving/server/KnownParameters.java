package serving.server;

import common.ErrorCode;
import common.Failure;
import io.javalin.http.Context;
import java.util.List;
import java.util.Map;

/**
 * The query parameters that each route accepts. A request with any other parameter is refused,
 * because ignoring a misspelt parameter would select other rows.
 */
final class KnownParameters {
  private static final Map<String, List<String>> OF_ROUTE =
      Map.of(
          "/v1/views/{view}/rows",
          List.of("accuracy", "cursor", "from", "key", "limit", "max-age", "to"),
          "/v1/views/{view}/newest",
          List.of("key"),
          "/v1/alerts",
          List.of("open", "view"));

  private KnownParameters() {}

  /**
   * Checks the query string of a request.
   *
   * @param route the pattern of the request's path; an unlisted route accepts no parameters
   * @throws Failure naming an unknown parameter and the known ones
   */
  static void check(String route, Context context) {
    List<String> known = OF_ROUTE.getOrDefault(route, List.of());
    for (String name : Parameters.of(context).keySet()) {
      if (!known.contains(name)) {
        throw new Failure(
            ErrorCode.OPTION_INVALID,
            "Unknown parameter '%s': expected %s"
                .formatted(name, known.isEmpty() ? "none" : "one of " + known));
      }
    }
  }
}
