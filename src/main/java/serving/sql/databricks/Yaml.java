package serving.sql.databricks;

import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * YAML scalars inside a dollar-quoted SQL string, which ends at the first {@code $$} regardless of
 * YAML quoting.
 */
final class Yaml {
  /**
   * Characters that need escaping: characters that YAML considers unprintable or treats as line
   * breaks.
   */
  private static final String FORBIDDEN =
      "[\\x00-\\x1F\\x7F-\\x9F\\u2028\\u2029\\uFEFF]|(?<=\\$)\\$";

  private static final Pattern FORBIDDEN_IN_BLOCKS = Pattern.compile(FORBIDDEN);
  private static final Pattern ESCAPED_IN_QUOTES = Pattern.compile("[\"\\\\]|" + FORBIDDEN);

  private Yaml() {}

  /** The text in double quotes. */
  static String quoted(String text) {
    return '"' + ESCAPED_IN_QUOTES.matcher(text).replaceAll(Yaml::escape) + '"';
  }

  /**
   * The text; several lines become a literal block, if a literal block can represent them.
   *
   * @param indent number of spaces in front of each line of a block
   */
  static String text(String text, int indent) {
    boolean block =
        text.contains("\n")
            && text.equals(text.strip())
            && text.lines().noneMatch(line -> FORBIDDEN_IN_BLOCKS.matcher(line).find());
    return block ? "|-\n" + text.indent(indent).stripTrailing() : quoted(text);
  }

  private static String escape(MatchResult match) {
    return "\\\\u%04x".formatted((int) match.group().charAt(0));
  }
}
