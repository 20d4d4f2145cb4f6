package serving.sql.powerbi;

import static java.util.stream.Collectors.joining;

import java.util.regex.Pattern;

/**
 * Parts of a document in TMDL, whose structure is its indentation by tabs.
 *
 * <p>Source: Analysis Services documentation, "Tabular Model Definition Language (TMDL)".
 */
final class Tmdl {
  private static final Pattern PLAIN_NAME = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]*");
  private static final Pattern PLAIN_TEXT = Pattern.compile("\\S|[^\\s\"].*[^\\s\"]");

  private Tmdl() {}

  /**
   * The name of an object, quoted only if necessary: some readers treat a quoted and an unquoted
   * name as two different objects.
   */
  static String name(String name) {
    return PLAIN_NAME.matcher(name).matches() ? name : "'" + name.replace("'", "''") + "'";
  }

  /** A value after a colon, on one line. */
  static String text(String text) {
    return PLAIN_TEXT.matcher(text).matches() ? text : '"' + text.replace("\"", "\"\"") + '"';
  }

  /** The description of the object that follows. */
  static String description(String text, int indent) {
    return text.lines().map(line -> "\t".repeat(indent) + "/// " + line + "\n").collect(joining());
  }

  /** A multi-line expression, which follows an equals sign. */
  static String expression(String expression, int indent) {
    return expression.lines().map(line -> "\n" + "\t".repeat(indent) + line).collect(joining());
  }
}
