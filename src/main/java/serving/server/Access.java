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

/** Controls access to data by host name, rate limit and authentication (RFC 6750). */
final class Access {
  private static final String SCHEME = "Bearer ";
  private static final String CHALLENGE = "WWW-Authenticate";

  private final Secret token;
  private final Optional<AccessTokens> issued;
  private final boolean requiresToken;
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
    this.issued = settings.oidc().map(AccessTokens::new);
    this.requiresToken = settings.requiresToken();
    this.requestsPerMinute = settings.requestsPerMinute();
    this.names = Set.of(host.toLowerCase(Locale.ROOT), "[" + host.toLowerCase(Locale.ROOT) + "]");
  }

  /** The number of requests by client address in one clock minute. */
  private record Minute(long number, Map<String, AtomicInteger> requests) {
    Minute(long number) {
      this(number, new ConcurrentHashMap<>());
    }
  }

  /** Prepares the verification of tokens; see {@link AccessTokens#readKeys}. */
  void start() {
    issued.ifPresent(AccessTokens::readKeys);
  }

  /** Refuses a request that may not read the lake. */
  void admit(Context context) {
    if (!isForThisServer(context)) {
      new Problem(421, "The Host header does not name this server", "MISDIRECTED").refuse(context);
    } else if (!isWithinLimit(context)) {
      context.header("Retry-After", "60");
      new Problem(429, "Too many requests from your address", "RATE_LIMITED").refuse(context);
    } else {
      authenticate(context);
    }
  }

  /**
   * Whether the {@code Host} header names this server. Otherwise, a web page could have its own
   * host name resolved to this address (DNS rebinding), and read the responses. A server that
   * requires a token accepts any name.
   */
  private boolean isForThisServer(Context context) {
    String name =
        String.valueOf(context.header("Host")).replaceFirst(":\\d+$", "").toLowerCase(Locale.ROOT);
    return requiresToken || HostNames.isLoopback(name) || names.contains(name);
  }

  /** Counts a request, and returns whether the client's address is within its limit. */
  private boolean isWithinLimit(Context context) {
    long now = TimeUnit.MILLISECONDS.toMinutes(System.currentTimeMillis());
    Minute minute = current.updateAndGet(last -> last.number() == now ? last : new Minute(now));
    return minute
            .requests()
            .computeIfAbsent(context.ip(), address -> new AtomicInteger())
            .incrementAndGet()
        <= requestsPerMinute;
  }

  private void authenticate(Context context) {
    if (!requiresToken) {
      return;
    }

    String credentials = String.valueOf(context.header("Authorization"));
    if (!credentials.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      context.header(CHALLENGE, "Bearer");
      new Problem(401, "This server requires a token", "UNAUTHORIZED").refuse(context);
      return;
    }

    switch (verdict(credentials.substring(SCHEME.length()).strip())) {
      case ACCEPTED -> {}
      case INVALID -> {
        context.header(CHALLENGE, "Bearer error=\"invalid_token\"");
        new Problem(401, "The token is not valid", "UNAUTHORIZED").refuse(context);
      }
      case INSUFFICIENT_SCOPE -> {
        context.header(CHALLENGE, "Bearer error=\"insufficient_scope\"");
        new Problem(403, "The token does not permit this", "FORBIDDEN").refuse(context);
      }
      case UNVERIFIABLE -> {
        context.header("Retry-After", "30");
        new Problem(503, "Tokens cannot be verified at the moment", "NOT_READY").refuse(context);
      }
    }
  }

  private AccessTokens.Verdict verdict(String sent) {
    if (!token.isEmpty()
        && MessageDigest.isEqual(sent.getBytes(UTF_8), token.revealed().getBytes(UTF_8))) {
      return AccessTokens.Verdict.ACCEPTED;
    }

    return issued.map(tokens -> tokens.verify(sent)).orElse(AccessTokens.Verdict.INVALID);
  }
}
