package serving.server;

import java.util.Locale;
import java.util.Set;

/** Names in {@code Host} headers. */
final class HostNames {
  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");

  private HostNames() {}

  /** Whether a name stands for this machine; an IPv6 address has brackets. */
  static boolean isLoopback(String name) {
    return LOOPBACK.contains(name.toLowerCase(Locale.ROOT));
  }
}
