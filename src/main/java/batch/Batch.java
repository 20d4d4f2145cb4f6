package batch;

import common.Failure;
import common.command.Command;
import common.command.DateConverter;
import common.metrics.View;
import common.settings.Settings;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Recomputes a batch view exactly.
 *
 * <pre>scripts/submit.sh batch --view V [--from DATE --to DATE]</pre>
 */
@CommandLine.Command(
    name = "batch",
    description = {
      "Recomputes a batch view exactly from the master dataset, then publishes its boundary.",
      "",
      "With dates it replaces the windows that start on those UTC days, both ends included; without "
          + "it replaces the whole view."
    },
    footer =
        "  scripts/submit.sh batch --view device_daily_metrics --from 2026-01-01 --to 2026-01-31")
public final class Batch extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

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

  public static void main(String[] arguments) {
    main(new Batch(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
    if (from.isPresent() != to.isPresent()) {
      throw Failure.usage("--from and --to go together; without both the whole view is computed");
    }

    if (from.isPresent() && to.get().isBefore(from.get())) {
      throw Failure.usage("--to %s lies before --from %s".formatted(to.get(), from.get()));
    }
  }

  @Override
  protected void run(SparkSession spark, Settings settings, PrintWriter out) {
    View computed = settings.views().named(view);
    Optional<DateRange> dates = from.map(first -> new DateRange(first, to.orElseThrow()));
    BatchReport report = new BatchJob(spark, settings, Clock.systemUTC()).run(computed, dates);

    out.printf(
        "Computed %s: %,d rows from %,d events (%,d duplicates dropped, %,d events without %s)%n",
        view,
        report.rows(),
        report.events(),
        report.duplicates(),
        report.withoutKey(),
        String.join(", ", computed.keys()));
    out.printf("Boundary: %s%n", report.boundary().map(Instant::toString).orElse("none yet"));
  }
}
