package serving;

import common.command.Command;
import common.lake.Lake;
import common.metrics.View;
import common.settings.Settings;
import java.io.PrintWriter;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/**
 * Prints the unified view of a view as a statement that creates it.
 *
 * <pre>scripts/submit.sh sql --view V --dialect spark|synapse|synapse-cosmos</pre>
 */
@CommandLine.Command(
    name = "sql",
    description = {
      "Prints the statement that creates the unified view of a view.",
      "",
      "spark: Spark SQL. synapse: T-SQL of a serverless pool, both layers in Delta. synapse-cosmos: the "
          + "same with the speed layer in Cosmos DB, through Synapse Link."
    },
    footer = "  scripts/submit.sh sql --view device_metrics --dialect synapse")
public final class Sql extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Option(
      names = "--dialect",
      defaultValue = "spark",
      paramLabel = "DIALECT",
      converter = DialectConverter.class,
      description = "spark, synapse or synapse-cosmos. Default: ${DEFAULT-VALUE}.")
  private Dialect.Name dialect;

  public static void main(String[] arguments) {
    main(new Sql(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
  }

  @Override
  protected void run(SparkSession spark, Settings settings, PrintWriter out) {
    Lake lake = new Lake(spark, settings.lakeRoot());
    View subject = settings.views().named(view);
    UnifiedView unified =
        new UnifiedView(
            subject,
            lake.batchView(subject).schema(),
            dialect.over(lake, settings),
            settings.serving().settle());
    out.print(unified.create());
  }

  private static final class DialectConverter implements ITypeConverter<Dialect.Name> {
    @Override
    public Dialect.Name convert(String text) {
      for (Dialect.Name name : Dialect.Name.values()) {
        if (name.toString().equals(text)) {
          return name;
        }
      }

      throw new TypeConversionException(
          "'%s' is not one of spark, synapse, synapse-cosmos".formatted(text));
    }
  }
}
