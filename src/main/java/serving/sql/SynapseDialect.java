package serving.sql;

import static java.util.stream.Collectors.joining;

import common.lake.Lake;
import common.metrics.View;
import common.settings.SynapseSettings;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;

/**
 * T-SQL for a Synapse serverless pool over the lake's Delta folders. Every column is declared,
 * strings with a UTF-8 collation: types that the pool infers are slow, and any other collation
 * garbles text.
 *
 * <p>Source: Azure documentation, "Query Delta Lake files using serverless SQL pool".
 */
class SynapseDialect implements Dialect {
  static final String UTF8_COLLATION = "Latin1_General_100_BIN2_UTF8";

  private final SynapseSettings names;

  SynapseDialect(SynapseSettings names) {
    this.names = names;
  }

  @Override
  public final String quoted(String name) {
    return bracketed(name);
  }

  @Override
  public final String batch(View view, List<StructField> columns) {
    return delta("batch/" + view.name(), columns);
  }

  @Override
  public String speed(View view, List<StructField> columns) {
    return delta("speed/" + view.name(), columns);
  }

  @Override
  public final String boundaries() {
    return delta("serving/boundary", Arrays.asList(Lake.BOUNDARY.fields()));
  }

  @Override
  public final String beginningOfTime() {
    return "CAST('0001-01-01' AS DATETIME2(6))";
  }

  @Override
  public final String ago(Duration time) {
    return "DATEADD(SECOND, -%d, SYSUTCDATETIME())".formatted(time.toSeconds());
  }

  @Override
  public final String createView(String name, String select) {
    return "CREATE OR ALTER VIEW %s.%s AS%n%s;%n"
        .formatted(quoted(names.schema()), quoted(name), select);
  }

  static String bracketed(String name) {
    return "[" + name.replace("]", "]]") + "]";
  }

  static String literal(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  static String type(StructField column) {
    return switch (column.dataType().typeName()) {
      case "string" -> "VARCHAR(512) COLLATE " + UTF8_COLLATION;
      case "timestamp" -> "DATETIME2(6)";
      case "date" -> "DATE";
      case "double" -> "FLOAT";
      case "long" -> "BIGINT";
      case "integer" -> "INT";
      case "boolean" -> "BIT";
      default -> {
        if (column.dataType() instanceof DecimalType decimal) {
          yield "DECIMAL(%d, %d)".formatted(decimal.precision(), decimal.scale());
        }

        throw new IllegalArgumentException(
            "Column %s has type %s, which has no T-SQL equivalent here"
                .formatted(column.name(), column.dataType().typeName()));
      }
    };
  }

  private String delta(String folder, List<StructField> columns) {
    String declared =
        columns.stream()
            .map(column -> quoted(column.name()) + " " + type(column))
            .collect(joining(",\n  "));
    return """
        OPENROWSET(
          BULK %s,
          DATA_SOURCE = %s,
          FORMAT = 'DELTA'
        ) WITH (
        %s
        )"""
        .formatted(literal(folder), literal(names.dataSource()), "  " + declared)
        .indent(4)
        .strip();
  }
}
