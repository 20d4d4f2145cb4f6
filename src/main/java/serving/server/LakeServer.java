package serving.server;

import com.fasterxml.jackson.databind.JsonNode;
import common.ErrorCode;
import common.Failure;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import common.telemetry.HttpTelemetry;
import common.telemetry.RecentDurations;
import io.javalin.Javalin;
import io.javalin.config.JavalinConfig;
import io.javalin.http.Context;
import io.javalin.http.HandlerType;
import io.javalin.http.staticfiles.Location;
import io.javalin.http.staticfiles.StaticFileConfig;
import io.javalin.util.JavalinBindException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import serving.query.AnswerAge;
import serving.query.Layers;
import serving.query.QueryEngine;
import serving.reconcile.Reconciliations;

/** Serves the HTTP API and the web page of one lake; {@code web/openapi.yaml} describes the API. */
public final class LakeServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LakeServer.class);
  private static final String UPLOT = "/META-INF/resources/webjars/uplot/1.6.30";
  private static final String ROWS = "/v1/views/{view}/rows";
  private static final String STARTED = "started";

  private final Settings settings;
  private final Access access;
  private final HttpTransport transport;
  private final LayerCache layers;
  private final QueryEngine engine;
  private final NewestHandler newest;
  private final Json json;
  private final RecentLedger ledger;
  private final Reconciliations reconciliations;
  private final RecentDurations times = new RecentDurations();
  private final Freshness freshness;
  private final HealthBoard health;
  private final Changes changes;
  private final Set<String> routes = new TreeSet<>();
  private final Javalin http;
  private volatile boolean prepared;

  private LakeServer(
      Session session, Settings settings, String host, int port, QueryEngine engine, Clock clock) {
    Lake lake = new Lake(session, settings.lakeRoot());
    this.settings = settings;
    this.access = new Access(settings.serve(), host);
    this.transport = new HttpTransport(settings.serve(), host, port);
    this.layers = new LayerCache(lake, clock);
    this.engine = engine;
    this.newest = new NewestHandler(settings, layers, engine);
    this.ledger = new RecentLedger(lake, engine, clock);
    this.reconciliations = new Reconciliations(lake);
    this.json = new Json(lake, settings.serve().maxRows());
    this.freshness = new Freshness(new AnswerAge(session, lake, clock), settings.serve().timeout());
    this.health = new HealthBoard(session, settings, clock, times, freshness);
    this.changes = new Changes(layers, health);
    this.http = Javalin.create(this::configure);
  }

  /**
   * Starts a server: with DuckDB for a lake on this machine's disks, and with Spark for others.
   * When it returns, the first queries no longer have to wait for the engine to start.
   *
   * @param host address to listen on
   * @param port 0 for any free port
   * @throws Failure when the port cannot be opened, the key store cannot be used, or the token
   *     issuer does not match the settings
   * @throws RuntimeException when Spark cannot read the storage
   */
  public static LakeServer start(Session session, Settings settings, String host, int port)
      throws SQLException {
    return start(session, settings, host, port, QueryEngine.of(session, settings));
  }

  /** Starts a server with a given engine, which the server closes. */
  static LakeServer start(
      Session session, Settings settings, String host, int port, QueryEngine engine) {
    LakeServer server = new LakeServer(session, settings, host, port, engine, Clock.systemUTC());
    try {
      server.start();
      return server;
    } catch (JavalinBindException refused) {
      server.close();
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "Cannot listen on %s:%d: choose another --port or --bind".formatted(host, port));
    } catch (Exception failed) {
      // Spark throws checked exceptions without declaring them.
      server.close();
      throw failed;
    }
  }

  private void start() {
    access.start();
    RequestGuard.protect(http);
    route();
    http.start();
    transport.start();
    engine.prepare(settings.views().all());
    health.start();
    changes.start();
    prepared = true;
  }

  public int port() {
    return http.port();
  }

  private void configure(JavalinConfig config) {
    config.events.handlerAdded(
        added -> {
          if (added.getHttpMethod() == HandlerType.GET) {
            routes.add(added.getPath());
          }
        });
    config.showJavalinBanner = false;
    config.useVirtualThreads = false;
    config.http.generateEtags = false;
    transport.configure(config);
    config.staticFiles.add(files -> assets(files, "/web", "/"));
    config.staticFiles.add(files -> assets(files, UPLOT, "/uplot"));
  }

  private static void assets(StaticFileConfig files, String folder, String path) {
    files.location = Location.CLASSPATH;
    files.directory = folder;
    files.hostedPath = path;
    files.headers = Map.of();
    files.mimeTypes.add("application/yaml", "yaml");
  }

  /** The paths of GET routes, without the static files of the page. */
  Set<String> routes() {
    return Set.copyOf(routes);
  }

  private void route() {
    http.before(context -> context.attribute(STARTED, System.nanoTime()));
    http.before("/v1/*", access::admit);
    http.before("/metrics", access::admit);
    http.before("/v1/views/{view}/changes", this::requireListener);
    http.after(this::measure);

    http.get("/healthz", context -> context.result("ok\n"));
    http.get("/readyz", this::ready);
    http.get("/metrics", LakeServer::metrics);
    http.get("/v1/views", context -> send(context, json.views(settings.views().all())));
    http.get("/v1/views/{view}", this::view);
    http.get(
        ROWS,
        new RowsHandler(
            settings.views()::named, layers, freshness, engine, settings.serve().maxRows()));
    http.get("/v1/views/{view}/newest", newest);
    http.get("/v1/views/{view}/runs", context -> send(context, json.runs(named(context))));
    http.get("/v1/views/{view}/ledger", this::ledger);
    http.get("/v1/views/{view}/reconciliations", this::reconciliations);
    http.get("/v1/views/{view}/status", context -> status(context, Optional.of(named(context))));
    http.get("/v1/status", context -> status(context, Optional.empty()));
    http.get("/v1/alerts", this::alerts);
    http.sse("/v1/views/{view}/changes", client -> changes.add(named(client.ctx()), client));
    List.copyOf(routes)
        .forEach(path -> http.before(path, context -> KnownParameters.check(path, context)));
  }

  /** Rejects a request before its event stream begins, because the stream's status is then 200. */
  private void requireListener(Context context) {
    named(context);
    if (!String.valueOf(context.header("Accept")).contains("text/event-stream")) {
      new Problem(406, "Accept must be text/event-stream", "NOT_ACCEPTABLE").refuse(context);
    } else if (changes.isFull()) {
      context.header("Retry-After", "60");
      new Problem(503, "Too many listeners", "TOO_MANY_LISTENERS").refuse(context);
    }
  }

  private View named(Context context) {
    return settings.views().named(context.pathParam("view"));
  }

  private void view(Context context) throws SQLException, IOException, InterruptedException {
    View view = named(context);
    Optional<Layers> state = layers.of(view);
    Optional<QueryEngine.Extent> extent =
        state.isPresent() ? engine.extent(view, state.get()) : Optional.empty();
    send(context, json.view(view, state, extent, freshness.last(view)));
  }

  private void ledger(Context context) throws SQLException, IOException, InterruptedException {
    View view = named(context);
    send(context, LedgerJson.of(view, ledger.of(view)));
  }

  private void reconciliations(Context context) {
    send(context, ReconciliationJson.of(reconciliations.of(named(context))));
  }

  private void status(Context context, Optional<View> view) {
    Optional<HealthBoard.Result> result = health.last();
    if (result.isPresent()) {
      send(context, json.health(result.get(), view));
    } else {
      context.header("Retry-After", "5");
      String reason =
          health.hasFailed()
              ? "The health checks failed and will be retried; see the log of the server"
              : "The first health checks are still running";
      new Problem(503, reason, "NOT_READY").send(context);
    }
  }

  private void alerts(Context context) {
    Map<String, List<String>> parameters = Parameters.of(context);
    boolean open = Parameters.flag("open", parameters);
    Optional<String> name = Parameters.one("view", parameters);
    List<View> views =
        name.map(settings.views()::named)
            .map(List::of)
            .orElseGet(() -> List.copyOf(settings.views().all()));
    send(context, json.alerts(views, open));
  }

  private void ready(Context context) {
    if (!prepared) {
      context.header("Retry-After", "5");
      new Problem(503, "The server is still starting", "NOT_READY").send(context);
      return;
    }

    // Reading the state of a view fails if the lake cannot be read.
    settings.views().all().stream().findFirst().ifPresent(layers::of);
    context.result("ready\n");
  }

  private static void metrics(Context context) throws IOException {
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    HttpTelemetry.write(text);
    context.contentType(HttpTelemetry.MEDIA_TYPE).result(text.toByteArray());
  }

  private static void send(Context context, JsonNode answer) {
    context.contentType("application/json; charset=utf-8").result(answer.toString());
  }

  private void measure(Context context) {
    Long started = context.attribute(STARTED);
    String route = context.endpointHandlerPath();
    if (started == null || !route.startsWith("/v1/") || route.endsWith("/changes")) {
      return;
    }

    long nanos = System.nanoTime() - started;
    HttpTelemetry.request(route, context.statusCode(), nanos / 1e9);
    if (route.equals(ROWS)) {
      times.add(Duration.ofNanos(nanos));
    }
  }

  @Override
  public void close() {
    changes.close();
    http.stop();
    transport.close();
    health.close();
    freshness.close();
    newest.close();
    try {
      engine.close();
    } catch (SQLException failed) {
      LOG.warn("Cannot close DuckDB", failed);
    }
  }
}
