package demo;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import common.settings.StorageUri;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/**
 * Runs the whole flow on this machine.
 *
 * <pre>scripts/submit.sh demo [--input FILE] [--view V]</pre>
 */
@CommandLine.Command(
    name = "demo",
    description = {
      "Runs the whole flow on this machine: a Kafka broker, events of simulated devices (or of a file), "
          + "ingest, batch, the speed job live with alerts, and the unified view of both.",
      "",
      "It stops on its own and leaves its lake in a new folder, which query and other commands can read "
          + "with -D lake.root=FOLDER."
    },
    footer = "  scripts/submit.sh demo --input events.jsonl.gz --view device_daily_metrics")
public final class Demo extends Command {
  private static final String TOPIC = "demo-events";
  private static final String LAKE_ROOT = "lake.root";
  private static final int DEVICES = 12;
  private static final Duration SPAN = Duration.ofMinutes(90);

  @Option(
      names = "--input",
      paramLabel = "FILE",
      description = "JSON lines (plain or .gz) to replay instead of simulated devices.")
  private Optional<Path> input = Optional.empty();

  @Option(
      names = "--view",
      defaultValue = "device_metrics",
      paramLabel = "VIEW",
      description = "The view to show. Default: ${DEFAULT-VALUE}.")
  private String view;

  @Option(
      names = "--seed",
      defaultValue = "1",
      paramLabel = "N",
      description = "Seed for the simulated devices. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--lake",
      paramLabel = "FOLDER",
      description = "Folder for the lake; it must not exist yet. Default: demo-lake/DATE-TIME.")
  private Optional<Path> lake = Optional.empty();

  private final int brokerPort = freePort();

  public static void main(String[] arguments) {
    main(new Demo(), arguments);
  }

  @Override
  protected Map<String, String> overrides() {
    if (lake.isEmpty()) {
      String now =
          LocalDateTime.now(ZoneId.systemDefault())
              .format(DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss"));
      lake = Optional.of(Path.of("demo-lake", now));
    }

    Map<String, String> overrides = new LinkedHashMap<>(super.overrides());
    overrides.put(LAKE_ROOT, lake.get().toString());
    overrides.put("kafka.bootstrap-servers", "127.0.0.1:" + brokerPort);
    overrides.put("kafka.topic", TOPIC);
    overrides.putIfAbsent("speed.delta.trigger", "4 seconds");
    overrides.putIfAbsent("speed.sinks", "[delta, alerts]");
    return overrides;
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
    if (super.overrides().containsKey(LAKE_ROOT)) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "-D lake.root: the demo needs a lake of its own; use --lake FOLDER");
    }

    if (Files.exists(Path.of(settings.lakeRoot()))) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "The folder %s already exists: choose a new one".formatted(settings.lakeRoot()));
    }

    if (input.isPresent() && StorageUri.isUri(input.get().toString())) {
      throw new Failure(
          ErrorCode.OPTION_INVALID, "--input expects a local file, not " + input.get());
    }

    if (input.isPresent() && !Files.isRegularFile(input.get())) {
      throw new Failure(ErrorCode.INPUT_NOT_FOUND, "No such file: " + input.get());
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    View shown = settings.views().named(view);
    Instant start = Instant.now().truncatedTo(ChronoUnit.HOURS).minus(SPAN);
    List<Message> messages =
        input.isPresent()
            ? EventFile.messages(input.get())
            : new Simulator(seed, DEVICES).messages(start, SPAN);
    Path brokerFolder = Path.of(settings.lakeRoot(), "broker");
    try (LocalBroker broker = LocalBroker.start(brokerFolder, brokerPort)) {
      broker.createTopic(TOPIC, 1);
      DemoReport report = new DemoFlow(session.spark(), settings, shown, broker).run(messages);
      report.print(settings, shown, out);
    }
  }

  private static int freePort() {
    try {
      return LocalBroker.freePort();
    } catch (IOException noLoopback) {
      throw new UncheckedIOException(noLoopback);
    }
  }
}
