package batch;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.command.OutputFormat;
import common.lake.Lake;
import common.metrics.Dates;
import common.metrics.View;
import common.ops.FailedRun;
import common.ops.Run;
import common.ops.Runs;
import common.session.Session;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Lists the runs of a batch view.
 *
 * <pre>scripts/submit.sh runs --view V [--output table|csv|json]</pre>
 */
@CommandLine.Command(
    name = "runs",
    description = {
      "Lists the runs that computed or replaced a batch view, oldest first: what they read and "
          + "wrote, and why.",
      "",
      "The column version is the table version that the run committed; conflicts counts how often "
          + "the run was replanned after a write conflict; master shows the versions of the "
          + "master dataset that the run read. restorable shows the version that a rebuild or "
          + "restore replaced, for batch --restore, and how long vacuum keeps that version "
          + "(maintain.keep-replaced). A restorable version may lie between the versions of two "
          + "runs, because maintenance also creates versions. error is the error message of a "
          + "failed run."
    },
    footer = "  scripts/submit.sh runs --view device_daily_metrics")
public final class ListRuns extends Command {
  private static final String[] COLUMNS = {
    "version",
    "kind",
    "started_at",
    "seconds",
    "conflicts",
    "master",
    "dates",
    "events",
    "duplicates",
    "without_key",
    "rows",
    "nulls",
    "boundary",
    "reason",
    "restorable",
    "error"
  };

  private static final int STARTED_AT = 2;

  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new ListRuns(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    View subject = settings.views().named(view);
    List<Row> rows = new ArrayList<>();
    Instant now = Clock.systemUTC().instant();
    Lake lake = new Lake(session, settings.lakeRoot());
    Runs.History history = new Runs(lake).history(subject);
    history.committed().forEach(run -> rows.add(row(run, settings, now)));
    history.failed().forEach(run -> rows.add(row(run)));
    rows.sort(Comparator.comparing(row -> (Instant) row.get(STARTED_AT)));

    if (rows.isEmpty()) {
      throw new Failure(
          ErrorCode.DATA_MISSING,
          "No run of %1$s in %2$s yet: run batch --view %1$s".formatted(view, lake.root()));
    }

    output.print(COLUMNS, rows.iterator(), out);
  }

  private static Row row(Run run, Settings settings, Instant now) {
    Run.Input input = run.input();
    Run.Counts counts = run.counts();
    Run.Output output = run.output();
    long first = input.from().map(from -> from + 1).orElse(0L);
    boolean read = run.kind() != Run.Kind.restore && first <= input.to();
    Instant keptUntil = run.startedAt().plus(settings.maintain().keepReplaced());
    Optional<String> restorable =
        output
            .replacedVersion()
            .filter(version -> keptUntil.isAfter(now))
            .map(version -> version + " until " + keptUntil);
    return RowFactory.create(
        output.version(),
        run.kind().name(),
        run.startedAt(),
        run.durationMs() / 1000.0,
        run.conflicts(),
        read ? "%d-%d".formatted(first, input.to()) : null,
        output.dates().map(Dates::toString).orElse(null),
        counts.events(),
        counts.duplicates(),
        counts.withoutKey(),
        counts.rows(),
        counts.nulls().values().stream().mapToLong(Long::longValue).sum(),
        output.boundary().orElse(null),
        run.reason().orElse(null),
        restorable.orElse(null),
        null);
  }

  private static Row row(FailedRun run) {
    Object[] values = new Object[COLUMNS.length];
    values[1] = run.kind().name();
    values[STARTED_AT] = run.startedAt();
    values[3] = run.durationMs() / 1000.0;
    values[4] = run.conflicts();
    values[COLUMNS.length - 1] = run.error();
    return RowFactory.create(values);
  }
}
