package serving;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.lake.Lake;
import common.session.Session;
import common.settings.Settings;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CountDownLatch;
import org.apache.hadoop.util.ShutdownHookManager;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import serving.server.LakeServer;

/**
 * Answers queries over HTTP.
 *
 * <pre>scripts/submit.sh serve [--port 8080] [--bind 127.0.0.1]</pre>
 */
@CommandLine.Command(
    name = "serve",
    description = {
      "Answers queries on the unified views over HTTP until stopped (SIGTERM): with DuckDB for a "
          + "lake on this machine's disks, and with Spark, more slowly, for a lake in other "
          + "storage. The printed address opens a web page with charts, health checks, the "
          + "ledger, reconciliations, alerts and runs; /openapi.yaml describes the API.",
      "",
      "By default, the server accepts connections from this machine only. To listen on other "
          + "addresses, configure serve.token or serve.oidc, and either configure serve.tls or "
          + "put a TLS proxy in front of the server."
    },
    footer = "  scripts/submit.sh serve --port 8080")
public final class Serve extends Command {
  private static final int HIGHEST_PORT = 65_535;

  /** Runs before Spark's own hook (50), which would stop the session under the health checks. */
  private static final int HOOK_PRIORITY = 100;

  @Option(
      names = "--port",
      defaultValue = "8080",
      paramLabel = "PORT",
      description = "Port to listen on; 0 for any free one. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--bind",
      defaultValue = "127.0.0.1",
      paramLabel = "ADDRESS",
      description = "Address to listen on. Default: ${DEFAULT-VALUE}.")
  private String address;

  public static void main(String[] arguments) {
    main(new Serve(), arguments);
  }

  @Override
  protected boolean runsUntilStopped() {
    return true;
  }

  @Override
  protected void validate(Settings settings) {
    requirePort(port);
    if (!isLoopback() && !settings.serve().requiresToken()) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--bind %s: other machines could read everything; configure serve.token or serve.oidc, or bind to 127.0.0.1"
              .formatted(address));
    }
  }

  /**
   * Rejects a value of {@code --port} that is not a port.
   *
   * @throws Failure with the code {@code OPTION_INVALID}
   */
  public static void requirePort(int port) {
    if (port < 0 || port > HIGHEST_PORT) {
      throw new Failure(
          ErrorCode.OPTION_INVALID, "--port %d: expected 0 to %d".formatted(port, HIGHEST_PORT));
    }
  }

  private boolean isLoopback() {
    try {
      return InetAddress.getByName(address).isLoopbackAddress();
    } catch (UnknownHostException unknown) {
      throw new Failure(
          ErrorCode.OPTION_INVALID, "--bind %s: not an address of this machine".formatted(address));
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws Exception {
    Lake lake = new Lake(session, settings.lakeRoot());
    boolean empty = settings.views().all().stream().noneMatch(view -> lake.of(view).exist());
    LakeServer server = LakeServer.start(session, settings, address, port);
    CountDownLatch stopped = new CountDownLatch(1);
    ShutdownHookManager.get()
        .addShutdownHook(
            () -> {
              server.close();
              stopped.countDown();
            },
            HOOK_PRIORITY);
    String scheme = settings.serve().tls().isPresent() ? "https" : "http";
    out.printf("Serving %s at %s://%s:%d/%n", settings.lakeRoot(), scheme, address, server.port());
    if (empty) {
      out.printf(
          "There is no view in %s yet: run batch or speed, or check lake.root%n", lake.root());
    }

    out.flush();
    stopped.await();
  }
}
