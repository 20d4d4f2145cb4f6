package speed;

import common.command.Command;
import common.metrics.View;
import common.ops.StreamAccount;
import common.session.Session;
import common.settings.Settings;
import common.streaming.RunningQueries;
import common.telemetry.MetricsEndpoint;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Maintains live speed views.
 *
 * <pre>scripts/submit.sh speed --view V[,V] [--once] [--from earliest|latest]</pre>
 */
@CommandLine.Command(
    name = "speed",
    description = {
      "Maintains live speed views from the configured Kafka topic, until stopped (SIGTERM).",
      "",
      "After a restart, the job resumes where it left off. With --once, the job reads the records "
          + "that the topic holds at the start, and exits."
    },
    footer = "  scripts/submit.sh speed --view device_metrics,user_activity_summary")
public final class Speed extends Command {
  @Mixin private ChosenViews views;

  @Option(names = "--once", description = "Exit once all records now in the topic have been read.")
  private boolean once;

  @Option(
      names = "--from",
      paramLabel = "earliest|latest",
      description = "Where a view without a checkpoint starts. Default: speed.starting-offsets.")
  private Optional<String> from = Optional.empty();

  public static void main(String[] arguments) {
    main(new Speed(), arguments);
  }

  @Override
  protected Map<String, String> overrides() {
    Map<String, String> overrides = new LinkedHashMap<>(super.overrides());
    from.ifPresent(offsets -> overrides.put("speed.starting-offsets", offsets));
    return overrides;
  }

  @Override
  protected boolean runsUntilStopped() {
    return !once;
  }

  @Override
  protected void validate(Settings settings) {
    views.of(settings).forEach(view -> SpeedJob.sinks(settings, view));
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    List<View> chosen = views.of(settings);
    SpeedJob job = new SpeedJob(session.spark(), settings);
    try (MetricsEndpoint endpoint = MetricsEndpoint.open(settings.metrics());
        RunningQueries queries = once ? job.drain(chosen) : job.follow(chosen)) {
      endpoint.announce();
      queries.await();
    }

    for (View view : chosen) {
      StreamAccount.Split account = job.account(view);
      out.printf(
          "%s: read %,d records: %,d counted, %,d duplicate, %,d late, %,d rejected%n",
          view.name(),
          account.read(),
          account.counted(),
          account.duplicate(),
          account.late(),
          account.rejected());
    }
  }
}
