package serving;

import common.ErrorCode;
import common.Failure;
import common.alerts.AlertLog;
import common.command.Command;
import common.command.InstantConverter;
import common.command.OutputFormat;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import serving.alerts.AlertCounts;
import serving.reconcile.Reconciler;
import serving.reconcile.Reconciliation;

/**
 * Compares the layers of a view over the windows that both have closed.
 *
 * <pre>scripts/submit.sh reconcile --view V [--from T --to T] [--strict]</pre>
 */
@CommandLine.Command(
    name = "reconcile",
    description = {
      "Compares the windows that both layers have closed, records the result in ops/reconciliation, and "
          + "prints it.",
      "",
      "A difference is explained when both rows are correct for the events that their layer had seen. "
          + "Causes: late or duplicate events beyond the watermark, events not yet read by one layer. "
          + "Exit code 1 if a window differs beyond the tolerance without an explanation; with --strict, "
          + "even if explained. For a view with alerts, also counts the period's alerts by verdict "
          + "(see the alerts command)."
    },
    footer =
        "  scripts/submit.sh reconcile --view device_metrics --from 2026-01-31 --to 2026-02-01")
public final class Reconcile extends Command {
  private static final String[] COLUMNS = {"measure", "limit", "beyond", "p50", "p99", "max"};

  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description =
          "Only windows that start at or after this time. Default: the start of the speed view.")
  private Optional<Instant> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Only windows that start before this time. Default: the boundary.")
  private Optional<Instant> to = Optional.empty();

  @Option(names = "--strict", description = "Fail on explained differences too.")
  private boolean strict;

  public static void main(String[] arguments) {
    main(new Reconcile(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
    RowSelection.requireOrder(from, to);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    View subject = settings.views().named(view);
    Optional<Reconciliation> result =
        new Reconciler(session.spark(), settings, Clock.systemUTC()).run(subject, from, to);
    if (result.isEmpty()) {
      out.printf("Nothing to compare: no window of %s is closed in both layers%n", view);
      return;
    }

    Reconciliation found = result.get();
    print(found, out);
    printAlerts(subject, found, new AlertLog(new Lake(session, settings.lakeRoot())), out);
    out.flush();

    if (found.unexplained() > 0) {
      throw new Failure(
          ErrorCode.LAYERS_DISAGREE,
          "The layers of %s disagree in %,d windows without a known cause: see above and ops/reconciliation"
              .formatted(view, found.unexplained()));
    }

    if (strict && found.differing() > 0) {
      throw new Failure(
          ErrorCode.LAYERS_DISAGREE,
          "The layers of %s differ in %,d windows, all explained (--strict)"
              .formatted(view, found.differing()));
    }
  }

  private static void print(Reconciliation found, PrintWriter out) throws IOException {
    out.printf("%s, windows from %s to %s%n", found.view(), found.from(), found.to());
    out.printf(
        "%,d windows: %,d agree, %,d mismatch, %,d missing in batch, %,d missing in speed%n",
        found.windows(),
        found.agreeing(),
        found.mismatched(),
        found.missingInBatch(),
        found.missingInSpeed());
    found.causes().forEach((cause, windows) -> out.printf("%,10d  %s%n", windows, cause));
    if (found.differing() > 0) {
      out.printf("%,10d  unexplained%n", found.unexplained());
    }

    if (found.lateShare() != null) {
      out.printf("Late: %.3f %% of the records that the speed job read%n", 100 * found.lateShare());
    }

    out.println();
    OutputFormat.table.print(
        COLUMNS, found.measures().stream().map(Reconcile::scientific).iterator(), out);
  }

  private static void printAlerts(
      View subject, Reconciliation found, AlertLog log, PrintWriter out) {
    if (subject.levels().isPresent() && log.exists()) {
      out.printf("%nAlerts: %s%n", AlertCounts.of(log.current(subject), found.from(), found.to()));
    }
  }

  /** Scientific notation, because differences span many orders of magnitude. */
  private static Row scientific(Reconciliation.Difference difference) {
    return RowFactory.create(
        difference.measure(),
        "%.1e".formatted(difference.limit()),
        difference.mismatched(),
        "%.1e".formatted(difference.p50()),
        "%.1e".formatted(difference.p99()),
        "%.1e".formatted(difference.max()));
  }
}
