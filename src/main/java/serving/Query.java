package serving;

import common.command.Command;
import common.command.OutputFormat;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import serving.query.Accuracy;
import serving.query.QueryRouter;

/**
 * Reads the unified view of a view.
 *
 * <pre>scripts/submit.sh query --view V [--key K] [--from T] [--to T] [--output table|csv|json]
 * </pre>
 */
@CommandLine.Command(
    name = "query",
    description = {
      "Reads the unified view: exact batch rows before the boundary, speed rows from the boundary on, "
          + "ordered by key and window. The source column names the layer that each row comes from."
    },
    footer =
        "  scripts/submit.sh query --view device_metrics --key sensor-1 --from 2026-01-31 --output csv")
public final class Query extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Mixin private RowSelection selection;

  @Option(
      names = "--accuracy",
      defaultValue = "any",
      description =
          "exact: the batch view alone; latest: the speed view wherever it has a row; any: split at "
              + "the boundary. Default: ${DEFAULT-VALUE}.")
  private Accuracy accuracy;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new Query(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    selection.of(settings.views().named(view));
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    View subject = settings.views().named(view);
    Lake lake = new Lake(session.spark(), settings.lakeRoot());
    Dataset<Row> rows =
        new QueryRouter(session.spark(), lake).rows(subject, accuracy, selection.of(subject));
    output.print(rows.columns(), rows.toLocalIterator(), out);
  }
}
