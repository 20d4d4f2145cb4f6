package serving;

import common.ErrorCode;
import common.Failure;
import common.alerts.AlertLog;
import common.command.Command;
import common.command.OutputFormat;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.apache.spark.sql.Row;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import serving.alerts.AlertRows;
import serving.query.RowFilter;

/**
 * Lists the alerts of a view.
 *
 * <pre>scripts/submit.sh alerts --view V [--key K] [--from T] [--to T] [--open] [--output
 * table|csv|json]</pre>
 */
@CommandLine.Command(
    name = "alerts",
    description = {
      "Lists the alerts of a view, which the speed job's sink 'alerts' raises, in the order of "
          + "the windows in which the level was entered.",
      "",
      "verdict compares the alert with the exact rows of the batch view: confirmed, overturned "
          + "(events that were too late for the speed view make the alert wrong), or missed (only "
          + "the exact rows raise the alert). The verdict is empty until a batch run has covered "
          + "the window. value is the measure when the alert was raised, exact_value the measure "
          + "in the batch view."
    },
    footer = "  scripts/submit.sh alerts --view device_metrics --open")
public final class ListAlerts extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Mixin private RowSelection selection;

  @Option(names = "--open", description = "Only alerts that are pending or firing.")
  private boolean open;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new ListAlerts(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    View subject = settings.views().named(view);
    selection.of(subject);
    if (subject.levels().isEmpty()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "View %1$s has no levels, so it has no alerts: add views.%1$s.levels".formatted(view));
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    View subject = settings.views().named(view);
    Lake lake = new Lake(session, settings.lakeRoot());
    AlertLog log = new AlertLog(lake);
    if (!log.exists()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "No alerts in %s yet: add alerts to speed.sinks and run speed --view %s"
              .formatted(lake.root(), view));
    }

    RowFilter filter = selection.of(subject);
    List<Row> rows =
        log.current(subject).stream()
            .filter(alert -> open ? alert.isOpen() : alert.wasRaised())
            .filter(alert -> filter.selects(alert.subject().keys(), alert.since().start()))
            .map(AlertRows::of)
            .toList();
    output.print(AlertRows.COLUMNS.toArray(String[]::new), rows.iterator(), out);
  }
}
