package batch;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.compute.RestoreJob;
import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.command.DateConverter;
import common.metrics.DateRange;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.Run;
import common.session.Session;
import common.settings.Settings;
import common.telemetry.BatchTelemetry;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Recomputes a batch view exactly.
 *
 * <pre>
 * scripts/submit.sh batch --view V [--incremental | --from DATE --to DATE | --rebuild --reason R |
 * --restore VERSION]</pre>
 */
@CommandLine.Command(
    name = "batch",
    description = {
      "Recomputes a batch view exactly from the master dataset, then publishes its boundary.",
      "",
      "Without further options, computes the whole view. With --incremental, recomputes only the "
          + "dates touched by events that arrived since the last run, including late ones. With "
          + "--from and --to, replaces the windows that start on those UTC days, both inclusive. "
          + "--rebuild recomputes the whole view for a recorded reason, and adopts a changed "
          + "definition; --restore brings back an earlier version. Queries keep working "
          + "meanwhile. The runs command lists all runs."
    },
    footer = {
      "  scripts/submit.sh batch --view device_daily_metrics --incremental",
      "  scripts/submit.sh batch --view device_daily_metrics --from 2026-01-01 --to 2026-01-31",
      "  scripts/submit.sh batch --view device_daily_metrics --rebuild --reason \"sensor 7 recalibrated\"",
      "  scripts/submit.sh batch --view device_daily_metrics --restore 12"
    })
public final class Batch extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Option(names = "--incremental", description = "Compute only the dates touched by new events.")
  private boolean incremental;

  @Option(
      names = "--from",
      paramLabel = "DATE",
      converter = DateConverter.class,
      description = "First day, e.g. 2026-01-31.")
  private Optional<LocalDate> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "DATE",
      converter = DateConverter.class,
      description = "Last day.")
  private Optional<LocalDate> to = Optional.empty();

  @Option(
      names = "--rebuild",
      description = "Recompute the whole view, even if its definition has changed.")
  private boolean rebuild;

  @Option(
      names = "--restore",
      paramLabel = "VERSION",
      description = "Restore this version of the view, as listed by the runs command.")
  private Optional<Long> restore = Optional.empty();

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "The reason to record. Required by --rebuild, optional with --restore.")
  private Optional<String> reason = Optional.empty();

  public static void main(String[] arguments) {
    main(new Batch(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
  }

  @Override
  protected void validateOptions() {
    if (from.isPresent() != to.isPresent()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--from and --to must be given together; without them, the whole view is computed");
    }

    if (from.isPresent() && to.get().isBefore(from.get())) {
      throw new Failure(
          ErrorCode.OPTION_INVALID, "--to %s is before --from %s".formatted(to.get(), from.get()));
    }

    long ways =
        Stream.of(incremental, from.isPresent(), rebuild, restore.isPresent())
            .filter(chosen -> chosen)
            .count();
    if (ways > 1) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "Choose one of --incremental, --from with --to, --rebuild and --restore");
    }

    if (rebuild && reason.filter(text -> !text.isBlank()).isEmpty()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--rebuild requires --reason, so that later readers know why numbers have changed");
    }

    if (reason.isPresent() && !rebuild && restore.isEmpty()) {
      throw new Failure(ErrorCode.OPTION_INVALID, "--reason requires --rebuild or --restore");
    }

    if (restore.isPresent() && restore.get() < 0) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--restore %d: expected a version, 0 or more".formatted(restore.get()));
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    View computed = settings.views().named(view);
    Clock clock = Clock.systemUTC();
    if (restore.isPresent()) {
      Run run =
          new RestoreJob(session.spark(), settings, clock).run(computed, restore.get(), reason);
      out.printf("Restored version %d of %s: %,d rows%n", restore.get(), view, run.counts().rows());
      printBoundary(run, out);
      return;
    }

    Run run = new BatchJob(session.spark(), settings, clock).run(computed, request());
    BatchTelemetry.ran(view, run.counts().events(), run.counts().rows());
    run.output().boundary().ifPresent(at -> BatchTelemetry.boundary(view, at));
    if (run.kind() == Run.Kind.incremental
        && run.counts().events() == 0
        && run.counts().rows() == 0) {
      out.printf("Nothing to compute: %s already includes the newest events%n", view);
    } else {
      out.printf(
          "Computed %s: %,d rows from %,d events (%,d duplicates dropped, %,d events without %s)%n",
          view,
          run.counts().rows(),
          run.counts().events(),
          run.counts().duplicates(),
          run.counts().withoutKey(),
          String.join(", ", computed.keys()));
    }

    if (run.kind() == Run.Kind.incremental) {
      run.output().dates().ifPresent(dates -> printDates(dates, run.input(), out));
    }

    run.output()
        .replacedVersion()
        .ifPresent(before -> out.printf("To undo: batch --view %s --restore %d%n", view, before));
    printBoundary(run, out);
  }

  private BatchRequest request() {
    if (incremental) {
      return new BatchRequest.Incremental();
    }

    if (rebuild) {
      return new BatchRequest.Rebuild(reason.orElseThrow());
    }

    return from.<BatchRequest>map(
            first -> new BatchRequest.Days(new DateRange(first, to.orElseThrow())))
        .orElse(new BatchRequest.Whole());
  }

  private static void printDates(Dates dates, Run.Input input, PrintWriter out) {
    List<DateRange> ranges = dates.ranges();
    out.printf(
        "Dates: %d, from %s to %s, touched by versions %d to %d of the master dataset%n",
        dates.days().count(),
        ranges.get(0).from(),
        ranges.get(ranges.size() - 1).to(),
        input.from().orElseThrow() + 1,
        input.to());
  }

  private static void printBoundary(Run run, PrintWriter out) {
    out.printf("Boundary: %s%n", run.output().boundary().map(Instant::toString).orElse("none yet"));
  }
}
