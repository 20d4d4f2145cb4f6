package serving;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.command.InstantConverter;
import common.command.OutputFormat;
import common.lake.Lake;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;

/**
 * Reads the unified view of a view.
 *
 * <pre>scripts/submit.sh query --view V [--key K] [--from T] [--to T] [--output table|csv|json]
 * </pre>
 */
@CommandLine.Command(
    name = "query",
    description = {
      "Reads the unified view: exact batch rows before the boundary, speed rows from the boundary on, "
          + "ordered by key and window. The source column names the layer that each row comes from."
    },
    footer =
        "  scripts/submit.sh query --view device_metrics --key sensor-1 --from 2026-01-31 --output csv")
public final class Query extends Command {
  @Option(names = "--view", required = true, paramLabel = "VIEW", description = "The view.")
  private String view;

  @Option(
      names = "--key",
      paramLabel = "[COLUMN=]VALUE",
      description = "Only this key value; COLUMN defaults to the view's first key. Repeatable.")
  private List<String> keys = new ArrayList<>();

  @Option(
      names = "--from",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Only windows that start at or after this time, e.g. 2026-01-31T12:00:00Z.")
  private Optional<Instant> from = Optional.empty();

  @Option(
      names = "--to",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "Only windows that start before this time.")
  private Optional<Instant> to = Optional.empty();

  @Option(
      names = "--accuracy",
      defaultValue = "any",
      description =
          "exact: the batch view alone; latest: the speed view wherever it has a row; any: split at "
              + "the boundary. Default: ${DEFAULT-VALUE}.")
  private Accuracy accuracy;

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new Query(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    filter(settings.views().named(view));
    if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
      throw new Failure(
          ErrorCode.OPTION_INVALID,
          "--from %s must be before --to %s".formatted(from.get(), to.get()));
    }
  }

  @Override
  protected void run(Session session, Settings settings, PrintWriter out) throws IOException {
    View subject = settings.views().named(view);
    Lake lake = new Lake(session.spark(), settings.lakeRoot());
    Dataset<Row> rows =
        new QueryRouter(session.spark(), lake).rows(subject, accuracy, filter(subject));
    output.print(rows.columns(), rows.toLocalIterator(), out);
  }

  private RowFilter filter(View subject) {
    RowFilter filter = new RowFilter(from, to);
    for (String key : keys) {
      int equals = key.indexOf('=');
      boolean named = equals > 0 && subject.keys().contains(key.substring(0, equals));
      filter =
          named
              ? filter.with(key.substring(0, equals), key.substring(equals + 1))
              : filter.with(subject.keys().get(0), key);
    }

    return filter;
  }
}
