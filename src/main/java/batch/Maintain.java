package batch;

import batch.maintenance.KeptVersions;
import batch.maintenance.MaintenanceJob;
import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.event.EventSchema;
import common.lake.Boundaries;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import common.ops.Runs;
import common.session.Session;
import common.settings.MaintainSettings;
import common.settings.Settings;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Compacts, clusters and vacuums the tables of the lake.
 *
 * <pre>scripts/submit.sh maintain [--view V] [--vacuum-hours 168]</pre>
 */
@CommandLine.Command(
    name = "maintain",
    description = {
      "Compacts the files of closed dates, z-orders those of the batch views and the master dataset, and "
          + "removes files that no retained version needs.",
      "",
      "With --view, only that view's tables are maintained. Without it, the tables of every view, the "
          + "master dataset, the quarantine and the tables under ops are maintained."
    },
    footer = "  scripts/submit.sh maintain --view device_metrics --vacuum-hours 336")
public final class Maintain extends Command {
  private static final long MOST_HOURS = 1_000_000;

  @Option(names = "--view", paramLabel = "VIEW", description = "Only this view's tables.")
  private Optional<String> view = Optional.empty();

  @Option(
      names = "--vacuum-hours",
      paramLabel = "HOURS",
      description =
          "Hours to keep files that the current version no longer needs; at least 168. Default: maintain.vacuum-retention.")
  private Optional<Long> vacuumHours = Optional.empty();

  public static void main(String[] arguments) {
    main(new Maintain(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    view.ifPresent(settings.views()::named);
    long floor = MaintainSettings.VACUUM_FLOOR.toHours();
    if (vacuumHours.isPresent() && (vacuumHours.get() < floor || vacuumHours.get() > MOST_HOURS)) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--vacuum-hours %d: expected %d to %d; readers and time travel need the replaced files for a week"
              .formatted(vacuumHours.get(), floor, MOST_HOURS));
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) {
    Lake lake = new Lake(session.spark(), settings.lakeRoot());
    Boundaries boundaries = new Boundaries(lake);
    MaintenanceJob job = new MaintenanceJob(session.spark());
    Duration retention = retention(settings);
    Instant now = Clock.systemUTC().instant();
    LocalDate today = LocalDate.ofInstant(now, ZoneOffset.UTC);
    Collection<View> views =
        view.<Collection<View>>map(name -> List.of(settings.views().named(name)))
            .orElse(settings.views().all());

    for (View subject : views) {
      LocalDate closed =
          boundaries
              .current(subject)
              .map((Instant boundary) -> LocalDate.ofInstant(boundary, ZoneOffset.UTC))
              .orElse(today);
      Task batch = new Task(lake.batchView(subject), View.EVENT_DATE, closed, subject.clusterBy());
      Task speed = new Task(lake.speedView(subject), View.EVENT_DATE, closed, List.of());
      KeptVersions kept = new KeptVersions(settings.maintain().keepReplaced());
      kept.keepLog(lake.batchView(subject));
      batch.run(job, kept.retention(retention, new Runs(lake).of(subject), now), out);
      speed.run(job, retention, out);
    }

    if (view.isEmpty()) {
      // By event date, because an incremental run reads only a few dates of a long history.
      List<String> byEventDate = List.of(EventSchema.EVENT_DATE);
      new Task(lake.master(), EventSchema.INGESTION_DATE, today, byEventDate)
          .run(job, retention, out);
      new Task(lake.quarantine(), EventSchema.INGESTION_DATE, today, List.of())
          .run(job, retention, out);
      for (LakeTable table : lake.operations()) {
        job.compact(table, retention);
      }
    }
  }

  private Duration retention(Settings settings) {
    return vacuumHours.map(Duration::ofHours).orElse(settings.maintain().vacuumRetention());
  }

  /** One table to maintain; a table that does not exist yet is skipped. */
  private record Task(
      LakeTable table, String dateColumn, LocalDate closedBefore, List<String> clusterBy) {

    void run(MaintenanceJob job, Duration retention, PrintWriter out) {
      if (!table.exists()) {
        out.printf("%s: does not exist yet%n", table.path());
        return;
      }

      MaintenanceJob.Report report =
          job.maintain(table, dateColumn, closedBefore, clusterBy, retention);
      out.printf(
          "%1$s: dates before %3$s: %2$,d compacted%4$s; vacuumed, retention %5$d hours; %6$s%n",
          table.path(),
          report.compactedDates(),
          closedBefore,
          clusterBy.isEmpty() ? "" : " (z-ordered by %s)".formatted(String.join(", ", clusterBy)),
          retention.toHours(),
          report.analyzed() ? "statistics refreshed" : "table statistics not supported");
    }
  }
}
