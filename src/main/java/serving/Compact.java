package serving;

import common.command.Command;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import serving.compaction.CompactionJob;

/**
 * Deletes speed rows that the batch view covers.
 *
 * <pre>scripts/submit.sh compact [--view V]</pre>
 */
@CommandLine.Command(
    name = "compact",
    description = {
      "Deletes speed rows that the batch view covers and that are older than speed.retention. The "
          + "unified view returns the same results before, during and after.",
      "",
      "Run compact after batch, at any interval; speed jobs may keep running. Without --view, "
          + "compacts every view that has a speed view."
    },
    footer = "  scripts/submit.sh compact --view device_metrics")
public final class Compact extends Command {
  @Option(names = "--view", paramLabel = "VIEW", description = "Only this view.")
  private Optional<String> view = Optional.empty();

  public static void main(String[] arguments) {
    main(new Compact(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    view.ifPresent(settings.views()::named);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) {
    CompactionJob job = new CompactionJob(session.spark(), settings, Clock.systemUTC());
    Collection<View> views =
        view.<Collection<View>>map(name -> List.of(settings.views().named(name)))
            .orElseGet(() -> job.existing(settings.views().all()));
    for (View subject : views) {
      CompactionJob.Report report = job.run(subject);
      if (report.before().isEmpty()) {
        out.printf(
            "%s: nothing to delete: the speed view is empty, or no boundary is older than serving.settle yet%n",
            subject.name());
      } else {
        out.printf(
            "%s: %,d speed rows before %s deleted, %,d kept (no matching batch row)%n",
            subject.name(), report.deleted(), report.before().get(), report.uncovered());
      }
    }
  }
}
