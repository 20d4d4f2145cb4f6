package serving;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import common.settings.SynapseSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.types.StructType;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;
import serving.sql.DedicatedPool;
import serving.sql.Dialect;
import serving.sql.SynapseSetup;
import serving.sql.UnifiedView;
import serving.sql.databricks.MetricView;
import serving.sql.powerbi.PowerBiProject;
import serving.sql.powerbi.ProjectFolder;

/**
 * Prints the statement that creates the unified view, or a metric view over it; or writes a Power
 * BI project.
 *
 * <pre>scripts/submit.sh sql --view V --dialect spark|synapse|synapse-cosmos|metric-view</pre>
 *
 * <pre>scripts/submit.sh sql --view V --dialect powerbi --output-folder FOLDER</pre>
 */
@CommandLine.Command(
    name = "sql",
    description = {
      "Prints the statement that creates the unified view, or writes a Power BI project.",
      "",
      "spark: Spark SQL. synapse: T-SQL for a serverless pool, with both layers in Delta. "
          + "synapse-cosmos: the same, with the speed layer in Cosmos DB, read through Synapse "
          + "Link. metric-view: a Databricks metric view over the Spark SQL. powerbi: a Power BI "
          + "project, a connection file, and the T-SQL of the view that they read, written to "
          + "--output-folder.",
      "",
      "With --setup, prints the one-time T-SQL for the objects that the statement refers to: "
          + "collation, schema, credentials, data source. With --materialized, prints the T-SQL "
          + "that loads the rows of the unified view into a table of a dedicated pool, which "
          + "cannot read Delta itself, and creates a materialised view over it."
    },
    footer = {
      "  scripts/submit.sh sql --view device_metrics --dialect synapse",
      "  scripts/submit.sh sql --view V --dialect powerbi --output-folder FOLDER"
    })
public final class Sql extends Command {
  private static final Set<Dialect.Name> WITH_SETUP =
      EnumSet.of(Dialect.Name.synapse, Dialect.Name.synapse_cosmos);

  @Option(names = "--view", paramLabel = "VIEW", description = "The view; omit it with --setup.")
  private Optional<String> view = Optional.empty();

  @Option(
      names = "--dialect",
      defaultValue = "spark",
      paramLabel = "DIALECT",
      converter = DialectConverter.class,
      description =
          "spark, synapse, synapse-cosmos, metric-view or powerbi. Default: ${DEFAULT-VALUE}.")
  private Dialect.Name dialect;

  @Option(
      names = "--setup",
      description = "Print the T-SQL that creates the objects that a synapse dialect refers to.")
  private boolean setup;

  @Option(
      names = "--materialized",
      description = "Print the T-SQL for a dedicated pool; requires --dialect synapse.")
  private boolean materialized;

  @Option(
      names = "--output-folder",
      paramLabel = "FOLDER",
      description = {
        "Folder for the files of --dialect powerbi. Existing files are never overwritten: delete "
            + "those that you want to regenerate. A report is written only if there is none."
      })
  private Optional<Path> outputFolder = Optional.empty();

  public static void main(String[] arguments) {
    main(new Sql(), arguments);
  }

  @Override
  protected boolean needsSecrets() {
    return false;
  }

  @Override
  protected void validateOptions() {
    if (setup && (materialized || view.isPresent() || !WITH_SETUP.contains(dialect))) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--setup requires --dialect synapse or synapse-cosmos, without --view or --materialized");
    }

    if (materialized && dialect != Dialect.Name.synapse) {
      throw new Failure(ErrorCode.OPTION_INVALID, "--materialized requires --dialect synapse");
    }

    boolean project = dialect == Dialect.Name.powerbi;
    if (project != outputFolder.isPresent()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          project
              ? "--dialect powerbi requires --output-folder"
              : "--output-folder requires --dialect powerbi");
    }

    if (!setup && view.isEmpty()) {
      throw new Failure(ErrorCode.OPTION_INVALID, "Missing required option: '--view=VIEW'");
    }
  }

  @Override
  protected void validate(Settings settings) {
    view.ifPresent(settings.views()::named);
    if (setup || materialized) {
      SynapseSetup.httpsRoot(settings.lakeRoot());
    }

    if (dialect == Dialect.Name.powerbi) {
      settings.serving().synapse().requireEndpoint();
      new ProjectFolder(outputFolder.orElseThrow()).require();
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    SynapseSettings names = settings.serving().synapse();
    if (setup) {
      SynapseSetup objects = new SynapseSetup(names, settings.lakeRoot());
      out.print(dialect == Dialect.Name.synapse ? objects.lake() : objects.lakeAndCosmos());
      return;
    }

    Lake lake = new Lake(session, settings.lakeRoot());
    View subject = settings.views().named(view.orElseThrow());
    StructType schema = lake.batchView(subject).schema();
    if (materialized) {
      out.print(new DedicatedPool(subject, schema, names, settings.lakeRoot()).script());
      return;
    }

    Dialect engine = dialect.over(lake, settings);
    Duration settle = settings.serving().settle();
    switch (dialect) {
      case spark, synapse, synapse_cosmos ->
          out.print(new UnifiedView(subject, schema, engine, settle).create());
      case metric_view -> out.print(new MetricView(subject, schema, engine, settle).create());
      case powerbi -> write(new PowerBiProject(subject, schema, engine, settle, names), out);
    }
  }

  private void write(PowerBiProject project, PrintWriter out) throws IOException {
    new ProjectFolder(outputFolder.orElseThrow())
        .write(project.files(), project.report())
        .forEach(out::println);
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
          "'%s' is not one of spark, synapse, synapse-cosmos, powerbi, metric-view"
              .formatted(text));
    }
  }
}
