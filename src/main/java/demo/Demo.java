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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
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
import serving.Serve;

/**
 * Runs the whole flow on this machine.
 *
 * <pre>scripts/submit.sh demo [--input FILE] [--view V] [--serve [--port 8080]]</pre>
 */
@CommandLine.Command(
    name = "demo",
    description = {
      "Runs the whole flow on this machine: a Kafka broker, events of simulated devices (or of a "
          + "file), ingest, batch, the speed job live with alerts, and the unified view of both.",
      "",
      "The demo ends by itself and leaves its lake in a new folder, which query and other "
          + "commands can read with -D lake.root=FOLDER. With --serve, the demo then serves the "
          + "lake with a web page while the devices continue to report, until stopped (Ctrl-C)."
    },
    footer = "  scripts/submit.sh demo --input events.jsonl.gz --view device_daily_metrics")
public final class Demo extends Command {
  private static final String TOPIC = "demo-events";
  private static final String LAKE_ROOT = "lake.root";
  private static final int DEVICES = 12;
  private static final int DEFAULT_PORT = 8080;
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

  @Option(
      names = "--serve",
      description = "After the report, show the lake on a web page that keeps changing.")
  private boolean serve;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "Port of the web page; 0 for any free one. Default: 8080.")
  private Optional<Integer> port = Optional.empty();

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
  protected boolean runsUntilStopped() {
    return serve;
  }

  @Override
  protected void validate(Settings settings) {
    settings.views().named(view);
    if (super.overrides().containsKey(LAKE_ROOT)) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "-D lake.root: the demo requires a separate lake; use --lake FOLDER");
    }

    validatePort();
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

  /** Checks the port before the demo runs, because the demo takes minutes. */
  private void validatePort() {
    if (!serve) {
      if (port.isPresent()) {
        throw new Failure(ErrorCode.OPTION_INVALID, "--port requires --serve");
      }

      return;
    }

    Serve.requirePort(port());
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port()));
    } catch (IOException used) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "Cannot listen on %s:%d: choose another --port".formatted(LivePage.HOST, port()),
          used);
    }
  }

  private int port() {
    return port.orElse(DEFAULT_PORT);
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    View shown = settings.views().named(view);
    // With --serve, live events follow, and there should be no gap before them.
    ChronoUnit until = serve ? ChronoUnit.MINUTES : ChronoUnit.HOURS;
    Instant end = Instant.now().truncatedTo(until);
    Simulator simulator = new Simulator(seed, DEVICES);
    List<Message> messages =
        input.isPresent()
            ? EventFile.messages(input.get())
            : simulator.messages(end.minus(SPAN), SPAN);
    Path brokerFolder = Path.of(settings.lakeRoot(), "broker");
    try (LocalBroker broker = LocalBroker.start(brokerFolder, brokerPort)) {
      broker.createTopic(TOPIC, 1);
      EventSender topic = new EventSender(broker.address(), TOPIC);
      DemoReport report = new DemoFlow(session.spark(), settings, shown, topic).run(messages);
      report.print(settings, shown, out);
      if (serve) {
        Optional<LiveDevices> devices =
            input.isPresent() ? Optional.empty() : Optional.of(new LiveDevices(simulator, end));
        new LivePage(session, settings, shown, topic, port()).keepOpen(devices, out);
      }
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
