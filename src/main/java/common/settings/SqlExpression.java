package common.settings;

import static common.settings.ViewReader.require;

import com.typesafe.config.ConfigException;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.catalyst.analysis.UnresolvedAttribute;
import org.apache.spark.sql.catalyst.analysis.UnresolvedFunction;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.LambdaFunction;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.expressions.UnresolvedNamedLambdaVariable;
import org.apache.spark.sql.catalyst.expressions.UnresolvedWindowExpression;
import org.apache.spark.sql.catalyst.expressions.WindowExpression;
import org.apache.spark.sql.catalyst.parser.ParseException;
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
          "aes_encrypt",
          "curdate",
          "current_catalog",
          "current_database",
          "current_date",
          "current_schema",
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
          "uuid",
          "version");

  /** Strings that become the current time or date when they are compared with one, or cast. */
  private static final Pattern NOW =
      Pattern.compile("(['\"])\\s*(now|today|tomorrow|yesterday)\\s*\\1", Pattern.CASE_INSENSITIVE);

  private SqlExpression() {}

  /**
   * Returns the expression if it parses, names only the given columns, and gives the same value
   * whenever and wherever a row is computed, so that both layers agree.
   *
   * @throws ConfigException naming the key
   */
  static String validated(String key, String text, Collection<String> columns) {
    Expression expression = parsed(key, text);
    for (String column : columns(expression, Set.of()).toList()) {
      require(
          columns.contains(column),
          key,
          "an expression over the columns %s, found %s".formatted(columns, column));
    }

    require(
        nodes(expression).noneMatch(SqlExpression::dependsOnMoreThanTheRow)
            && !NOW.matcher(text).find(),
        key,
        "an expression that depends only on the row, not on time, chance or other rows, found "
            + text);
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

  /**
   * The columns that an expression names, in lower case. Spark parses every name in the body of a
   * lambda function as a variable, and takes it for a column if the function has no such argument.
   *
   * @param bound arguments of the enclosing lambda functions
   */
  private static Stream<String> columns(Expression expression, Set<String> bound) {
    if (expression instanceof LambdaFunction lambda) {
      Set<String> inside = new HashSet<>(bound);
      CollectionConverters.asJava(lambda.arguments())
          .forEach(argument -> inside.add(lower(argument.name())));
      return columns(lambda.function(), inside);
    }

    if (expression instanceof UnresolvedNamedLambdaVariable variable) {
      String first = lower(variable.nameParts().head());
      return bound.contains(first) ? Stream.empty() : Stream.of(lower(variable.name()));
    }

    return expression instanceof UnresolvedAttribute column
        ? Stream.of(lower(column.name()))
        : children(expression).flatMap(child -> columns(child, bound));
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  private static boolean dependsOnMoreThanTheRow(Expression node) {
    if (node instanceof UnresolvedFunction function) {
      String name = lower(function.nameParts().last());
      return UNREPEATABLE.contains(name)
          || (name.equals("unix_timestamp") && function.arguments().isEmpty());
    }

    return node instanceof SubqueryExpression
        || node instanceof WindowExpression
        || node instanceof UnresolvedWindowExpression;
  }

  private static Stream<Expression> nodes(Expression expression) {
    return Stream.concat(Stream.of(expression), children(expression).flatMap(SqlExpression::nodes));
  }

  private static Stream<Expression> children(Expression expression) {
    return CollectionConverters.asJava(expression.children()).stream();
  }
}
