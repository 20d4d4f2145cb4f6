package batch;

import batch.ingest.FileFormat;
import batch.ingest.IngestJob;
import batch.ingest.IngestReport;
import batch.ingest.IngestSource;
import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.session.Session;
import common.settings.Settings;
import common.settings.StorageUri;
import common.telemetry.MetricsEndpoint;
import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Ingests events into the master dataset, and rejected records into the quarantine.
 *
 * <pre>scripts/submit.sh ingest --from kafka|PATH [--format json|csv|capture] [--once]</pre>
 */
@CommandLine.Command(
    name = "ingest",
    description = {
      "Ingests events into the master dataset, and rejected records into the quarantine.",
      "",
      "Each file is ingested once, identified by its path; a rerun ingests only new files. Names "
          + "that start with _ or . are skipped. Ingest from Kafka runs until stopped or, with "
          + "--once, until all available records have been read."
    },
    footer = "  scripts/submit.sh ingest --from events.jsonl.gz --format json")
public final class Ingest extends Command {
  private static final String KAFKA = "kafka";

  @Option(
      names = "--from",
      required = true,
      paramLabel = "kafka|PATH",
      description = "The configured Kafka topic, or a file or folder (plain or .gz).")
  private String from;

  @Option(
      names = "--format",
      defaultValue = "json",
      description = "File format: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private FileFormat format;

  @Option(names = "--once", description = "Stop once all available records have been read.")
  private boolean once;

  public static void main(String[] arguments) {
    main(new Ingest(), arguments);
  }

  @Override
  protected boolean runsUntilStopped() {
    return from.equals(KAFKA) && !once;
  }

  @Override
  protected void validate(Settings settings) {
    if (from.isBlank()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID, "--from is empty: expected kafka, a file or a folder");
    }

    StorageUri.requireSupported("--from", from);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    boolean kafka = from.equals(KAFKA);
    IngestSource source = kafka ? new IngestSource.Kafka() : new IngestSource.Files(from, format);
    IngestJob job = new IngestJob(session.spark(), settings);
    IngestReport report = runsUntilStopped() ? follow(job, source, settings) : job.drain(source);

    out.printf(
        "Read %,d records from %s: %,d events into the master dataset, %,d into the quarantine%n",
        report.read(), from, report.accepted(), report.rejected());
    report.rejections().forEach((reason, count) -> out.printf("  %,10d  %s%n", count, reason));
    if (report.read() == 0) {
      out.println("Nothing new: the source is empty, or was ingested by an earlier run");
    }
  }

  private static IngestReport follow(IngestJob job, IngestSource source, Settings settings)
      throws Exception {
    try (MetricsEndpoint endpoint = MetricsEndpoint.open(settings.metrics())) {
      endpoint.announce();
      return job.follow(source);
    }
  }
}
