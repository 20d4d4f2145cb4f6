package serving.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import common.secrets.Secret;
import common.settings.ServeSettings;
import io.javalin.http.Context;
import java.security.MessageDigest;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Authentication, rate limit and security headers. */
final class Access {
  private static final String SCHEME = "Bearer ";

  private static final Map<String, String> HEADERS =
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

  private final Secret token;
  private final int requestsPerMinute;
  private final Set<String> names;
  private final AtomicReference<Minute> current = new AtomicReference<>(new Minute(0));

  /**
   * Creates the access rules of a server.
   *
   * @param host address that the server listens on
   */
  Access(ServeSettings settings, String host) {
    this.token = settings.token();
    this.requestsPerMinute = settings.requestsPerMinute();
    this.names =
        Stream.of("localhost", "127.0.0.1", "[::1]", host, "[" + host + "]")
            .collect(Collectors.toSet());
  }

  /** The requests in one minute of the clock, by client address. */
  private record Minute(long number, Map<String, AtomicInteger> requests) {
    Minute(long number) {
      this(number, new ConcurrentHashMap<>());
    }
  }

  /** Sets the security headers of every response, including errors and the page's files. */
  void protect(Context context) {
    HEADERS.forEach(context::header);
  }

  /**
   * Whether the {@code Host} header names this server. Otherwise, a web page could have its own
   * host name resolved to this address (DNS rebinding), and read the responses. A server with a
   * token accepts any name.
   */
  boolean isForThisServer(Context context) {
    String name = String.valueOf(context.header("Host")).replaceFirst(":\\d+$", "");
    return !token.isEmpty() || names.contains(name.toLowerCase(Locale.ROOT));
  }

  /** Counts a request, and returns whether the client's address is within its limit. */
  boolean isWithinLimit(Context context) {
    long now = TimeUnit.MILLISECONDS.toMinutes(System.currentTimeMillis());
    Minute minute = current.updateAndGet(last -> last.number() == now ? last : new Minute(now));
    return minute
            .requests()
            .computeIfAbsent(context.ip(), address -> new AtomicInteger())
            .incrementAndGet()
        <= requestsPerMinute;
  }

  /** Whether the request carries the token, if one is required. */
  boolean allows(Context context) {
    if (token.isEmpty()) {
      return true;
    }

    return Optional.ofNullable(context.header("Authorization"))
        .filter(value -> value.startsWith(SCHEME))
        .map(value -> value.substring(SCHEME.length()).getBytes(UTF_8))
        .filter(value -> MessageDigest.isEqual(value, token.revealed().getBytes(UTF_8)))
        .isPresent();
  }
}
