package serving.sql.powerbi;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Evaluates the part of DAX that generated measures may use over the rows of one table, and rejects
 * anything else. Blank is null: zero in a sum, and the result of a product with it.
 */
final class DaxExpression {
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(?<column>'(?:[^']|'')+'\\[(?:[^\\]]|\\]\\])+\\])|(?<table>'(?:[^']|'')+')"
              + "|(?<number>\\d+)|(?<word>\\w+)|(?<sign>[-+*=>(),]))");

  private final List<Token> tokens = new ArrayList<>();
  private int next;

  private record Token(String kind, String text) {}

  /** Rows in the filter context, the row of an iterator, and the values of variables. */
  private record Context(
      List<Map<String, Object>> rows, Map<String, Object> row, Map<String, Object> variables) {
    Context at(Map<String, Object> other) {
      return new Context(rows, other, variables);
    }
  }

  private interface Node {
    Object in(Context context);
  }

  private record Column(String name) implements Node {
    @Override
    public Object in(Context context) {
      return Objects.requireNonNull(context.row(), "no row for " + name).get(known(context));
    }

    private String known(Context context) {
      if (!context.row().containsKey(name)) {
        throw new IllegalArgumentException("No column " + name);
      }

      return name;
    }
  }

  private record Rows(Function<Context, Stream<Context>> of) implements Node {
    @Override
    public Object in(Context context) {
      throw new IllegalArgumentException("A table is not a value");
    }
  }

  /** The value of a measure over some rows, by column name. */
  static Object evaluate(String expression, List<Map<String, Object>> rows) {
    DaxExpression parser = new DaxExpression(expression);
    Node node = parser.expression();
    if (parser.next < parser.tokens.size()) {
      throw new IllegalArgumentException("Unexpected " + parser.tokens.get(parser.next));
    }

    return node.in(new Context(rows, null, new HashMap<>()));
  }

  private DaxExpression(String expression) {
    Matcher matcher = TOKEN.matcher(expression);
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      end = matcher.end();
      for (String kind : List.of("column", "table", "number", "word", "sign")) {
        if (matcher.group(kind) != null) {
          tokens.add(new Token(kind, matcher.group(kind)));
        }
      }
    }

    if (end < expression.stripTrailing().length()) {
      throw new IllegalArgumentException("Cannot read " + expression.substring(end));
    }
  }

  private Node expression() {
    if (!accept("VAR")) {
      return comparison();
    }

    String name = take("word");
    require("=");
    Node value = comparison();
    Node rest = accept("RETURN") ? comparison() : expression();
    return context -> {
      context.variables().put(name, value.in(context));
      return rest.in(context);
    };
  }

  private Node comparison() {
    Node left = sum();
    if (accept("=")) {
      Node right = sum();
      return context -> compare(left.in(context), right.in(context)) == 0;
    }

    if (accept(">")) {
      Node right = sum();
      return context -> compare(left.in(context), right.in(context)) > 0;
    }

    return left;
  }

  private Node sum() {
    Node left = product();
    while (true) {
      if (accept("+")) {
        left = combined(left, product(), (a, b) -> a + b);
      } else if (accept("-")) {
        left = combined(left, product(), (a, b) -> a - b);
      } else {
        return left;
      }
    }
  }

  private Node product() {
    Node left = unary();
    while (accept("*")) {
      Node one = left;
      Node other = unary();
      left =
          context -> {
            Object a = one.in(context);
            Object b = other.in(context);
            return a == null || b == null ? null : (Object) (number(a) * number(b));
          };
    }

    return left;
  }

  private static Node combined(Node left, Node right, BinaryOperator<Double> operator) {
    return context -> operator.apply(number(left.in(context)), number(right.in(context)));
  }

  private Node unary() {
    if (accept("NOT")) {
      Node negated = unary();
      return context -> !truth(negated.in(context));
    }

    if (accept("(")) {
      Node inner = expression();
      require(")");
      return inner;
    }

    Token token = tokens.get(next++);
    return switch (token.kind()) {
      case "number" -> context -> Double.valueOf(token.text());
      case "column" -> column(token.text());
      case "table" -> new Rows(context -> context.rows().stream().map(context::at));
      case "word" -> accept("(") ? function(token.text()) : variable(token.text());
      default -> throw new IllegalArgumentException("Unexpected " + token);
    };
  }

  private static Column column(String text) {
    String name = text.replaceFirst("'(?:[^']|'')+'\\[", "");
    return new Column(name.substring(0, name.length() - 1).replace("]]", "]"));
  }

  private static Node variable(String name) {
    return context -> {
      if (!context.variables().containsKey(name)) {
        throw new IllegalArgumentException("No variable " + name);
      }

      return context.variables().get(name);
    };
  }

  private Node function(String name) {
    List<Node> arguments = new ArrayList<>();
    do {
      arguments.add(expression());
    } while (accept(","));
    require(")");
    Node first = arguments.get(0);
    Node second = arguments.size() > 1 ? arguments.get(1) : context -> null;
    Node third = arguments.size() > 2 ? arguments.get(2) : context -> null;
    return switch (name) {
      case "SUM" -> context -> total(values(context, first));
      case "MIN" -> context -> values(context, first).min(DaxExpression::compare).orElse(null);
      case "MAX" -> context -> values(context, first).max(DaxExpression::compare).orElse(null);
      case "SUMX" -> context -> total(iterated(context, first, second));
      case "MINX" ->
          context -> iterated(context, first, second).min(DaxExpression::compare).orElse(null);
      case "MAXX" ->
          context -> iterated(context, first, second).max(DaxExpression::compare).orElse(null);
      case "FILTER" ->
          new Rows(
              context -> ((Rows) first).of().apply(context).filter(row -> truth(second.in(row))));
      case "COUNTROWS" -> context -> count(((Rows) first).of().apply(context).count());
      case "IF" -> context -> truth(first.in(context)) ? second.in(context) : third.in(context);
      case "DIVIDE" ->
          context -> {
            Object numerator = first.in(context);
            double denominator = number(second.in(context));
            return numerator == null || denominator == 0 ? null : number(numerator) / denominator;
          };
      case "SQRT" -> context -> Math.sqrt(number(first.in(context)));
      case "INT" -> context -> number(first.in(context));
      case "ISBLANK" -> context -> first.in(context) == null;
      default -> throw new IllegalArgumentException("Unknown function " + name);
    };
  }

  /** The values of a column that are not blank; MIN and MAX of booleans are an error in DAX. */
  private static Stream<Object> values(Context context, Node column) {
    Column named = (Column) column;
    return context.rows().stream()
        .map(row -> named.in(context.at(row)))
        .filter(Objects::nonNull)
        .peek(
            value -> {
              if (value instanceof Boolean) {
                throw new IllegalArgumentException("A boolean cannot be aggregated");
              }
            });
  }

  private static Stream<Object> iterated(Context context, Node table, Node expression) {
    return ((Rows) table).of().apply(context).map(expression::in).filter(Objects::nonNull);
  }

  private static Object total(Stream<Object> values) {
    return values
        .map(DaxExpression::number)
        .reduce(Double::sum)
        .map(Object.class::cast)
        .orElse(null);
  }

  private static Object count(long rows) {
    return rows == 0 ? null : (Object) (double) rows;
  }

  private static double number(Object value) {
    if (value instanceof Boolean truth) {
      return truth ? 1 : 0;
    }

    return value == null ? 0 : ((Number) value).doubleValue();
  }

  private static boolean truth(Object value) {
    return value instanceof Boolean truth && truth;
  }

  @SuppressWarnings("unchecked")
  private static int compare(Object left, Object right) {
    if (left instanceof Comparable<?> && left.getClass().isInstance(right)) {
      return ((Comparable<Object>) left).compareTo(right);
    }

    return Double.compare(number(left), number(right));
  }

  private boolean accept(String text) {
    boolean accepted = next < tokens.size() && tokens.get(next).text().equals(text);
    next += accepted ? 1 : 0;
    return accepted;
  }

  private void require(String text) {
    if (!accept(text)) {
      throw new IllegalArgumentException(
          "Expected %s, found %s".formatted(text, tokens.subList(next, tokens.size())));
    }
  }

  private String take(String kind) {
    Token token = tokens.get(next++);
    if (!token.kind().equals(kind)) {
      throw new IllegalArgumentException("Expected a " + kind + ", found " + token);
    }

    return token.text();
  }
}
