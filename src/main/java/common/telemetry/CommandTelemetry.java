package common.telemetry;

import common.ErrorCode;
import common.Failure;
import common.settings.MetricsSettings;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a command's metrics to a file for the textfile collector of Prometheus' node exporter: one
 * file per command and view, replaced by each run.
 */
public final class CommandTelemetry {
  private static final Logger LOG = LoggerFactory.getLogger(CommandTelemetry.class);

  private final Optional<Path> folder;
  private final String command;
  private final String view;
  private final Instant startedAt = Instant.now();

  private CommandTelemetry(Optional<Path> folder, String command, String view) {
    this.folder = folder;
    this.command = command;
    this.view = view;
  }

  /**
   * Metrics of a command that is starting.
   *
   * @param view the view that the command works on; may be empty
   * @throws Failure when the configured folder does not exist or cannot be written to
   */
  public static CommandTelemetry start(MetricsSettings settings, String command, String view) {
    Optional<Path> folder = settings.textfileFolder().map(Path::of);
    if (folder.filter(path -> !Files.isDirectory(path) || !Files.isWritable(path)).isPresent()) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "Invalid metrics.textfile-folder %s: expected a folder that can be written to"
              .formatted(folder.get()));
    }

    return new CommandTelemetry(folder, command, view);
  }

  /** Writes the file. A failed write does not fail the command. */
  public void end(boolean success) {
    if (folder.isEmpty()) {
      return;
    }

    Instant now = Instant.now();
    Telemetry.COMMAND_DURATION
        .labelValues(command, view)
        .set(Duration.between(startedAt, now).toMillis() / 1e3);
    Telemetry.COMMAND_FINISHED.labelValues(command, view).set(StreamTelemetry.seconds(now));
    Telemetry.COMMAND_SUCCESS.labelValues(command, view).set(success ? 1 : 0);
    String name = view.isEmpty() ? command : command + "_" + view.replaceAll("\\W+", "_");
    try {
      replace(folder.get().resolve("lambda_%s.prom".formatted(name)));
    } catch (IOException failed) {
      LOG.warn("The metrics of {} were not written to {}", command, folder.get(), failed);
    }
  }

  /** The collector must never see a partly written file. */
  private static void replace(Path file) throws IOException {
    Path partial = Files.createTempFile(file.getParent(), "lambda_", ".tmp");
    try (OutputStream out = Files.newOutputStream(partial)) {
      PrometheusTextFormatWriter.create()
          .write(out, Telemetry.REGISTRY.scrape(CommandTelemetry::isOwn));
    }

    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Whether the metric belongs to this command alone: the collector rejects a series that appears
   * in two files.
   */
  private static boolean isOwn(String name) {
    return name.matches("lambda_(command|batch|boundary|check)_.*");
  }
}
