package serving;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.command.OutputFormat;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import serving.health.Finding;
import serving.health.Health;
import serving.health.Light;

/**
 * Reports the health of the layers.
 *
 * <pre>scripts/submit.sh status [--view V]</pre>
 */
@CommandLine.Command(
    name = "status",
    description = {
      "Shows the health of each layer: when batch and speed last ran and what they read, dropped "
          + "and wrote, each checked against its limit in conf/thresholds.conf; whether windows "
          + "are missing between the layers, whether all records are accounted for, and whether "
          + "the layers agreed.",
      "",
      "Exit code 1 if any check is red. Yellow: no data yet, or something needs a look."
    },
    footer = "  scripts/submit.sh status --view device_metrics")
public final class Status extends Command {
  private static final String[] COLUMNS = {"view", "check", "state", "value", "limit", "detail"};

  @Option(
      names = "--view",
      paramLabel = "VIEW",
      description = "Only this view, besides ingest and the master dataset.")
  private Optional<String> view = Optional.empty();

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new Status(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    view.ifPresent(settings.views()::named);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    Health health = new Health(session.spark(), settings, Clock.systemUTC());
    Collection<View> views =
        view.<Collection<View>>map(name -> List.of(settings.views().named(name)))
            .orElse(settings.views().all());
    List<Finding> findings = health.of(views);
    // The lake's own checks would be reported once for each view.
    findings.stream()
        .filter(finding -> view.isEmpty() || finding.view().equals(view.get()))
        .forEach(Finding::report);
    output.print(COLUMNS, findings.stream().map(Status::row).iterator(), out);
    out.flush();

    long red = findings.stream().filter(finding -> finding.light() == Light.red).count();
    if (red > 0) {
      throw new Failure(
          ErrorCode.HEALTH_RED, "%d of %d checks are red".formatted(red, findings.size()));
    }
  }

  private static Row row(Finding finding) {
    return RowFactory.create(
        finding.view(),
        finding.check(),
        finding.light().name(),
        finding.measured().map(Finding.Measured::value).orElse(null),
        finding.measured().map(Finding.Measured::limit).orElse(null),
        finding.detail());
  }
}
