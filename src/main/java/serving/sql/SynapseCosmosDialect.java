package serving.sql;

import static java.util.stream.Collectors.joining;

import common.metrics.View;
import common.settings.SynapseSettings;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.types.StructField;

/**
 * T-SQL with the speed view in Cosmos DB, read from its analytical store through Synapse Link.
 * Timestamps and dates are stored there as ISO-8601 strings.
 *
 * <p>Source: Azure documentation, "Query Azure Cosmos DB data with a serverless SQL pool".
 */
final class SynapseCosmosDialect extends SynapseDialect {
  private static final Set<String> AS_ISO_STRINGS = Set.of("timestamp", "date");
  private static final String ISO_STRING = "VARCHAR(32) COLLATE " + UTF8_COLLATION;

  private final SynapseSettings names;

  SynapseCosmosDialect(SynapseSettings names) {
    super(names);
    this.names = names;
  }

  @Override
  public String speed(View view, List<StructField> columns) {
    String selected = columns.stream().map(this::selected).collect(joining(",\n    "));
    String declared = columns.stream().map(this::declared).collect(joining(",\n    "));
    return """
        (
          SELECT
            %s
          FROM OPENROWSET(
            PROVIDER = 'CosmosDB',
            CONNECTION = %s,
            OBJECT = %s,
            SERVER_CREDENTIAL = %s
          ) WITH (
            %s
          ) AS documents
        )"""
        .formatted(
            selected,
            literal(
                "Account=%s;Database=%s".formatted(names.cosmosAccount(), names.cosmosDatabase())),
            literal(view.name()),
            literal(names.cosmosCredential()),
            declared)
        .indent(4)
        .strip();
  }

  private String selected(StructField column) {
    String name = quoted(column.name());
    return AS_ISO_STRINGS.contains(column.dataType().typeName())
        ? "CAST(documents.%1$s AS %2$s) AS %1$s".formatted(name, type(column))
        : "documents." + name;
  }

  private String declared(StructField column) {
    String type = AS_ISO_STRINGS.contains(column.dataType().typeName()) ? ISO_STRING : type(column);
    return "%s %s '$.%s'".formatted(quoted(column.name()), type, column.name());
  }
}
