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
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a command's metrics to a file for the textfile collector of Prometheus' node exporter: one
 * file per command and views, replaced by each run. A command that runs until it is stopped has a
 * file only if it failed; while it runs, its metrics are at {@code metrics.port}.
 */
public final class CommandTelemetry {
  private final Optional<Path> folder;
  private final String command;
  private final String view;
  private final boolean continuous;
  private final Instant startedAt = Instant.now();

  private CommandTelemetry(Optional<Path> folder, String command, String view, boolean continuous) {
    this.folder = folder;
    this.command = command;
    this.view = view;
    this.continuous = continuous;
  }

  /**
   * Metrics of a starting command that does its work and ends.
   *
   * @param views the views that the command works on, separated by commas; may be empty
   * @throws Failure when the configured folder does not exist or cannot be written to
   */
  public static CommandTelemetry once(MetricsSettings settings, String command, String views) {
    return new CommandTelemetry(folder(settings), command, views, false);
  }

  /** Like {@link #once}, for a command that runs until it is stopped. */
  public static CommandTelemetry untilStopped(
      MetricsSettings settings, String command, String views) {
    return new CommandTelemetry(folder(settings), command, views, true);
  }

  private static Optional<Path> folder(MetricsSettings settings) {
    Optional<Path> folder = settings.textfileFolder().map(Path::of);
    if (folder.filter(path -> !Files.isDirectory(path) || !Files.isWritable(path)).isPresent()) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "Invalid metrics.textfile-folder %s: expected an existing folder that can be written to"
              .formatted(folder.get()));
    }

    return folder;
  }

  /** Called once the command is doing its work: an earlier failure to start is over. */
  public void started() {
    if (continuous) {
      folder.ifPresent(this::deleteFile);
    }
  }

  /** Writes the file. A failed write does not fail the command. */
  public void end(boolean success) {
    if (folder.isEmpty() || (continuous && success)) {
      return;
    }

    Instant now = Instant.now();
    Telemetry.COMMAND_DURATION
        .labelValues(command, view)
        .set(Duration.between(startedAt, now).toMillis() / 1e3);
    Telemetry.COMMAND_FINISHED.labelValues(command, view).set(StreamTelemetry.seconds(now));
    Telemetry.COMMAND_SUCCESS.labelValues(command, view).set(success ? 1 : 0);
    try {
      replace(file(folder.get()));
    } catch (IOException failed) {
      log().warn("The metrics of {} were not written to {}", command, folder.get(), failed);
    }
  }

  /**
   * Created when needed: configuring log4j takes 0.2 s, and {@code query --server} logs nothing.
   */
  private static Logger log() {
    return LoggerFactory.getLogger(CommandTelemetry.class);
  }

  private Path file(Path parent) {
    String name = view.isEmpty() ? command : command + "_" + view.replaceAll("\\W+", "_");
    return parent.resolve("lambda_%s.prom".formatted(name));
  }

  private void deleteFile(Path parent) {
    try {
      Files.deleteIfExists(file(parent));
    } catch (IOException failed) {
      log()
          .warn("{} was not deleted, so it still reports an earlier failure", file(parent), failed);
    }
  }

  /**
   * Replaces the file in one step, because the collector must never see a partly written one. The
   * collector may run as another user, so the file has the permissions that the umask gives, not
   * those of a temporary file.
   */
  private static void replace(Path file) throws IOException {
    Path partial =
        file.resolveSibling("%s.%s.tmp".formatted(file.getFileName(), UUID.randomUUID()));
    try (OutputStream out = Files.newOutputStream(partial)) {
      PrometheusTextFormatWriter.create()
          .write(out, Telemetry.REGISTRY.scrape(CommandTelemetry::isOwn));
    }

    Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /**
   * Whether the metric belongs to this command alone: the collector rejects a series that appears
   * in two files. Streaming metrics are left out too: in a file, they would outlive their process,
   * and look like those of a stream that has stopped.
   */
  private static boolean isOwn(String name) {
    return name.matches("lambda_(command|batch|boundary|check)_.*");
  }
}
