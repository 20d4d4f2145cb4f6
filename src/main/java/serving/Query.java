package serving;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.command.DurationConverter;
import common.command.OutputFormat;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import common.settings.StorageUri;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import serving.query.Accuracy;
import serving.query.AnswerAge;
import serving.query.DuckDb;
import serving.query.Layers;
import serving.query.QueryRouter;
import serving.query.RowRequest;
import serving.query.RowStatement;
import serving.query.ServerQuery;

/**
 * Queries the unified view.
 *
 * <pre>scripts/submit.sh query --view V [--key K] [--from T] [--to T] [--output table|csv|json]
 * </pre>
 */
@CommandLine.Command(
    name = "query",
    description = {
      "Queries the unified view: exact batch rows before the boundary, speed rows from the boundary on, "
          + "ordered by key and window. The source column names the layer that each row comes from."
    },
    footer =
        "  scripts/submit.sh query --view device_metrics --key sensor-1 --from 2026-01-31 --output csv")
public final class Query extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Mixin private RowSelection selection;

  @Option(
      names = "--accuracy",
      defaultValue = "any",
      description =
          "exact: the batch view alone, with a column that shows whether on-time events can still "
              + "change the window; latest: the speed view wherever it has a row; any: split at the "
              + "boundary. Default: ${DEFAULT-VALUE}.")
  private Accuracy accuracy;

  @Option(
      names = "--max-age",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description =
          "Fail if the latest update of either layer (with --accuracy exact, of the batch view) is "
              + "older than this, e.g. 5m.")
  private Optional<Duration> maxAge = Optional.empty();

  @Option(
      names = "--wait",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description =
          "With --accuracy exact and --to: wait up to this long until no on-time event can change "
              + "the windows before --to.")
  private Optional<Duration> patience = Optional.empty();

  @Option(
      names = "--server",
      paramLabel = "URL",
      description =
          "Ask a running server (serve) instead of reading the lake, e.g. http://localhost:8080.")
  private Optional<URI> server = Optional.empty();

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new Query(), arguments);
  }

  @Override
  protected boolean usesViews() {
    return server.isEmpty();
  }

  @Override
  protected void validate(Settings settings) {
    if (server.isEmpty()) {
      selection.of(settings.views().named(view));
    }
  }

  @Override
  protected void validateOptions() {
    if (patience.isPresent() && (accuracy != Accuracy.exact || selection.to().isEmpty())) {
      throw new Failure(ErrorCode.OPTION_INVALID, "--wait requires --accuracy exact and --to");
    }

    selection.requireOrder();
    server.ifPresent(this::requireServer);
  }

  private void requireServer(URI address) {
    if (!List.of("http", "https").contains(String.valueOf(address.getScheme()))
        || address.getHost() == null
        || !List.of("", "/").contains(address.getPath())) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--server %s: expected an address such as http://localhost:8080".formatted(address));
    }

    if (patience.isPresent()) {
      throw new Failure(ErrorCode.OPTION_INVALID, "--wait reads the lake: omit it or --server");
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out)
      throws SQLException, IOException, InterruptedException {
    if (server.isPresent()) {
      Map<String, List<String>> parameters = new LinkedHashMap<>(selection.parameters());
      parameters.put("accuracy", List.of(accuracy.toString()));
      parameters.put("max-age", maxAge.stream().map(Duration::toString).toList());
      new ServerQuery(server.get(), settings.serve().token()).print(view, parameters, output, out);
      return;
    }

    View subject = settings.views().named(view);
    RowRequest request = new RowRequest(subject, accuracy, selection.of(subject));
    Lake lake = new Lake(session, settings.lakeRoot());
    AnswerAge age = new AnswerAge(session, lake, Clock.systemUTC());
    if (patience.isPresent()) {
      age.awaitBoundary(subject, selection.to().orElseThrow(), patience.get());
    }

    maxAge.ifPresent(most -> age.require(subject, accuracy, most));
    if (StorageUri.isLocal(lake.root()) && DuckDb.isAvailable()) {
      printLocal(request, lake, out);
    } else {
      Dataset<Row> rows =
          new QueryRouter(session.spark(), lake).rows(subject, accuracy, request.filter());
      output.print(rows.columns(), rows.toLocalIterator(), out);
    }
  }

  /** Starting Spark would take longer than the query. */
  private void printLocal(RowRequest request, Lake lake, PrintWriter out)
      throws SQLException, IOException, InterruptedException {
    View subject = request.view();
    Layers layers = Layers.read(lake, subject).orElseThrow(() -> QueryRouter.noData(subject, lake));
    RowStatement statement = RowStatement.of(request, layers);
    String[] columns = statement.columns().toArray(String[]::new);
    try (DuckDb engine = DuckDb.startUnlimited()) {
      engine.read(statement, rows -> output.print(columns, rows, out));
    }
  }
}
