package common.redis;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;

import java.net.URLEncoder;
import java.util.List;

/** The names of a view's keys in Redis, a fixed contract with the clients that read them. */
public final class RedisKeys {
  private RedisKeys() {}

  /**
   * The hash of the newest window.
   *
   * @param prefix {@code speed.redis.key-prefix}
   * @param encoded the values of the view's keys; see {@link #encoded}
   */
  public static String newest(String prefix, String view, String encoded) {
    return "%s:%s:{%s}".formatted(prefix, view, encoded);
  }

  /**
   * The sorted set of the recent windows.
   *
   * @param newest name of the hash of the newest window
   */
  public static String recent(String newest) {
    return newest + ":recent";
  }

  /**
   * The values of a view's keys as one string of ASCII letters, digits and {@code -_.|}, distinct
   * for distinct values: the values are joined by {@code |}, and each UTF-8 byte of any other
   * character is encoded as {@code .XX}, in hexadecimal. The column expression {@code
   * speed.sink.HotRows.keys} returns the same text.
   */
  public static String encoded(List<String> values) {
    return values.stream().map(RedisKeys::encoded).collect(joining("|"));
  }

  private static String encoded(String value) {
    return URLEncoder.encode(value, UTF_8)
        .replace(".", "%2E")
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%", ".");
  }
}
