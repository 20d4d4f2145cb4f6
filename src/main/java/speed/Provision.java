package speed;

import common.command.Command;
import common.metrics.View;
import common.session.Session;
import common.settings.CosmosSettings;
import common.settings.Settings;
import java.io.PrintWriter;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import speed.sink.cosmos.CosmosAccount;
import speed.sink.cosmos.CosmosContainer;

/**
 * Creates the database and the containers that the Cosmos DB sink writes to.
 *
 * <pre>scripts/submit.sh provision --view V[,V] [--dry-run]</pre>
 */
@CommandLine.Command(
    name = "provision",
    description = {
      "Creates the Cosmos DB database and a container for each view: partitioned by the view's first "
          + "key, with autoscale throughput and a time to live, indexing only what queries filter on.",
      "",
      "Leaves existing objects unchanged. With --dry-run, prints the statements without running them."
    },
    footer = "  scripts/submit.sh provision --view device_metrics --dry-run")
public final class Provision extends Command {
  private static final String CATALOG = "cosmos_catalog";

  @Mixin private ChosenViews views;

  @Option(names = "--dry-run", description = "Print the statements without running them.")
  private boolean dryRun;

  public static void main(String[] arguments) {
    main(new Provision(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    views.of(settings);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) {
    CosmosSettings cosmos = settings.speed().cosmos();
    for (View view : views.of(settings)) {
      if (dryRun) {
        new CosmosContainer(view, cosmos, CATALOG)
            .statements()
            .forEach(statement -> out.println(statement + ";"));
      } else {
        create(session.spark(), view, new CosmosAccount(cosmos));
        out.printf("%1$s: container %2$s.%1$s exists%n", view.name(), cosmos.database());
      }
    }
  }

  public static void create(SparkSession spark, View view, CosmosAccount account) {
    String prefix = "spark.sql.catalog." + CATALOG;
    spark.conf().set(prefix, CosmosAccount.CATALOG_CLASS);
    account.options().forEach((name, value) -> spark.conf().set(prefix + "." + name, value));
    new CosmosContainer(view, account.settings(), CATALOG).statements().forEach(spark::sql);
  }
}
