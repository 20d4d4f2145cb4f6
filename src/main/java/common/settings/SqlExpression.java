package common.settings;

import static common.settings.ViewReader.require;

import com.typesafe.config.ConfigException;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.parser.ParseException;
import org.apache.spark.sql.catalyst.trees.TreePattern;
import org.apache.spark.sql.functions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Validates SQL expressions of views by parsing alone, so that every command rejects them at the
 * start. Types are checked later, when a view is first computed.
 */
final class SqlExpression {
  /** Functions that give a row another value each time that the row is computed. */
  private static final Set<String> UNREPEATABLE =
      Set.of(
          "curdate",
          "current_date",
          "current_timestamp",
          "current_timezone",
          "current_user",
          "input_file_block_length",
          "input_file_block_start",
          "input_file_name",
          "java_method",
          "localtimestamp",
          "monotonically_increasing_id",
          "now",
          "rand",
          "randn",
          "random",
          "reflect",
          "session_user",
          "shuffle",
          "spark_partition_id",
          "user",
          "uuid");

  private SqlExpression() {}

  /**
   * Returns the expression if it parses, names only the given columns, and gives the same value
   * whenever and wherever a row is computed, so that both layers agree.
   *
   * @throws ConfigException naming the key
   */
  static String validated(String key, String text, Collection<String> columns) {
    Expression expression = parsed(key, text);
    nodes(expression)
        .filter(UnresolvedAttribute.class::isInstance)
        .map(node -> ((UnresolvedAttribute) node).name())
        .forEach(
            column ->
                require(
                    columns.contains(column.toLowerCase(Locale.ROOT)),
                    key,
                    "an expression over the columns %s, found %s".formatted(columns, column)));
    require(
        !expression.containsPattern(TreePattern.PLAN_EXPRESSION()), key, "no subquery in " + text);
    boolean repeatable =
        !expression.containsPattern(TreePattern.CURRENT_LIKE())
            && nodes(expression).noneMatch(SqlExpression::isUnrepeatable);
    require(
        repeatable,
        key,
        "an expression that depends only on the row, not on time or chance, found " + text);
    return text;
  }

  private static Expression parsed(String key, String text) {
    try {
      return functions.expr(text).expr();
    } catch (Exception invalid) {
      // Spark throws the checked ParseException without declaring it.
      if (invalid instanceof ParseException) {
        throw new ConfigException.Generic(
            "Invalid %s: expected a SQL expression, found %s".formatted(key, text), invalid);
      }

      throw invalid;
    }
  }

  private static boolean isUnrepeatable(Expression node) {
    if (!(node instanceof UnresolvedFunction function)) {
      return false;
    }

    String name = function.nameParts().last().toLowerCase(Locale.ROOT);
    return UNREPEATABLE.contains(name)
        || (name.equals("unix_timestamp") && function.arguments().isEmpty());
  }

  private static Stream<Expression> nodes(Expression expression) {
    return Stream.concat(
        Stream.of(expression),
        CollectionConverters.asJava(expression.children()).stream().flatMap(SqlExpression::nodes));
  }
}
