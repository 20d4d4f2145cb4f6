package serving.server;

import jakarta.servlet.http.HttpServletRequest;
import java.util.LinkedHashMap;
import java.util.Map;

/** The security headers of every response, including errors and the page's files. */
final class SecurityHeaders {
  private static final String YEAR = "max-age=31536000";

  private static final Map<String, String> ALWAYS =
      Map.of(
          "Content-Security-Policy",
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
          "X-Content-Type-Options",
          "nosniff",
          "Referrer-Policy",
          "no-referrer",
          "Cross-Origin-Resource-Policy",
          "same-origin",
          "Cache-Control",
          "no-cache");

  private SecurityHeaders() {}

  /** The headers that do not depend on the request. */
  static Map<String, String> always() {
    return ALWAYS;
  }

  /** The headers of the response to a request. */
  static Map<String, String> of(HttpServletRequest request) {
    return of(request.isSecure(), request.getServerName());
  }

  /**
   * Over HTTPS, tells browsers to use only HTTPS for this host, except for the loopback host, where
   * the header would also affect other ports.
   */
  static Map<String, String> of(boolean secure, String host) {
    if (!secure || HostNames.isLoopback(host)) {
      return ALWAYS;
    }

    Map<String, String> headers = new LinkedHashMap<>(ALWAYS);
    headers.put("Strict-Transport-Security", YEAR);
    return headers;
  }
}
