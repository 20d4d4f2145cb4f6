package serving.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A strict parser of the OPENROWSET calls that the generated T-SQL may contain: known argument
 * names, each once; columns of name, type, optional collation and optional JSON path. Anything else
 * is an error.
 *
 * @param arguments name to literal, without its quotes
 * @param columns name to declaration
 */
record OpenRowset(Map<String, String> arguments, Map<String, Column> columns) {
  private static final Pattern CALL =
      Pattern.compile(
          "OPENROWSET\\(([^)]*)\\)\\s*WITH\\s*\\(((?:[^()']|'[^']*'|\\([^()]*\\))*)\\)");
  private static final Pattern ARGUMENT =
      Pattern.compile("([A-Z_]+)\\s*(?:=\\s*)?'((?:[^']|'')*)'");
  private static final Pattern COLUMN =
      Pattern.compile(
          "\\[([^\\]]+)\\]\\s+([A-Z0-9]+(?:\\(\\d+(?:, \\d+)?\\))?)"
              + "(?:\\s+COLLATE\\s+(\\w+))?(?:\\s+'(\\$\\.[^']+)')?");
  private static final List<String> KNOWN =
      List.of(
          "BULK", "DATA_SOURCE", "FORMAT", "PROVIDER", "CONNECTION", "OBJECT", "SERVER_CREDENTIAL");

  record Column(String type, String collation, String path) {}

  /** Every call in the script, in order. */
  static List<OpenRowset> in(String script) {
    List<OpenRowset> calls = CALL.matcher(script).results().map(OpenRowset::parse).toList();
    int named = script.split("OPENROWSET", -1).length - 1;
    if (calls.size() != named) {
      throw new IllegalArgumentException(
          "Only %d of %d calls can be parsed".formatted(calls.size(), named));
    }

    return calls;
  }

  /** The script with each call replaced by the function's result. */
  static String replace(String script, java.util.function.Function<OpenRowset, String> table) {
    return CALL.matcher(script)
        .replaceAll(match -> Matcher.quoteReplacement(table.apply(parse(match))));
  }

  private static OpenRowset parse(MatchResult call) {
    Map<String, String> arguments = new LinkedHashMap<>();
    for (String argument : split(call.group(1))) {
      Matcher matcher = ARGUMENT.matcher(argument);
      require(matcher.matches() && KNOWN.contains(matcher.group(1)), argument);
      boolean bulk = matcher.group(1).equals("BULK");
      require(bulk != argument.contains("="), "BULK takes no =, the others do: " + argument);
      require(arguments.put(matcher.group(1), matcher.group(2)) == null, argument);
    }

    Map<String, Column> columns = new LinkedHashMap<>();
    for (String column : split(call.group(2))) {
      Matcher matcher = COLUMN.matcher(column);
      require(matcher.matches(), column);
      Column declared = new Column(matcher.group(2), matcher.group(3), matcher.group(4));
      require(columns.put(matcher.group(1), declared) == null, column);
    }

    return new OpenRowset(arguments, columns);
  }

  private static List<String> split(String list) {
    List<String> items = new ArrayList<>();
    for (String item : list.split(",(?![^()]*\\))", -1)) {
      items.add(item.strip());
    }

    return items;
  }

  private static void require(boolean valid, String found) {
    if (!valid) {
      throw new IllegalArgumentException("Cannot parse: " + found);
    }
  }
}
