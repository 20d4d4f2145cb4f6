package batch;

import common.command.Command;
import common.command.InstantConverter;
import common.lake.Boundaries;
import common.lake.Lake;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import common.session.Session;
import common.settings.Settings;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Shows or sets a view's boundary. Windows that start before the boundary come from the batch view.
 *
 * <pre>scripts/submit.sh boundary --view V [--set TIME]</pre>
 */
@CommandLine.Command(
    name = "boundary",
    description = {
      "Shows the boundary of a view: windows that start before it come from the batch view, the "
          + "others from the speed view.",
      "",
      "With --set, the boundary is set to the start of the window that contains TIME. The next "
          + "batch run moves the boundary forward to the end of the batch view, but never back: a "
          + "boundary set too far ahead hides speed rows and turns status red until it is set "
          + "back."
    },
    footer = "  scripts/submit.sh boundary --view device_metrics --set 2026-01-31T12:00:00Z")
public final class Boundary extends Command {
  private static final Logger LOG = LoggerFactory.getLogger(Boundary.class);

  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Option(
      names = "--set",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "The new boundary, e.g. 2026-01-31 or 2026-01-31T12:00:00Z.")
  private Optional<Instant> time = Optional.empty();

  public static void main(String[] arguments) {
    main(new Boundary(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) {
    View subject = settings.views().named(view);
    Lake lake = new Lake(session, settings.lakeRoot());
    Boundaries boundaries = new Boundaries(lake);
    time.ifPresent(
        given -> {
          Instant aligned = subject.window().firstOpenAt(given).orElse(given);
          lake.of(subject).create();
          Instant now = Clock.systemUTC().instant();
          warnWhereNothingIsComputed(new Runs(lake).latest(subject), aligned);
          boundaries.publish(
              subject, aligned, Boundaries.Origin.manual, now, settings.serving().settle());
        });
    out.println(boundaries.current(subject).map(Instant::toString).orElse("none yet"));
  }

  private void warnWhereNothingIsComputed(Optional<Run> latest, Instant aligned) {
    Optional<Instant> computed = latest.flatMap(run -> run.output().boundary());
    if (computed.isEmpty() || aligned.isAfter(computed.get())) {
      LOG.warn(
          "Speed rows from {} to {} are hidden, and batch rows there may be incomplete, because the batch view of {} ends earlier; to undo this, --set an earlier time",
          computed.map(Instant::toString).orElse("the beginning"),
          aligned,
          view);
    }
  }
}
