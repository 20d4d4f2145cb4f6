package serving;

import common.ErrorCode;
import common.Failure;
import common.command.Command;
import common.command.OutputFormat;
import common.metrics.View;
import common.settings.Settings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import serving.health.Health;

/**
 * Shows how the layers do.
 *
 * <pre>scripts/submit.sh status [--view V]</pre>
 */
@CommandLine.Command(
    name = "status",
    description = {
      "Shows the health of each layer: when batch and speed last ran, whether windows are missing "
          + "between them, whether all records are accounted for, whether the layers agreed.",
      "",
      "Exit code 1 when anything is red. yellow: behind a threshold, or not there yet."
    },
    footer = "  scripts/submit.sh status --view device_metrics")
public final class Status extends Command {
  private static final String[] COLUMNS = {"view", "check", "state", "detail"};

  @Option(names = "--view", paramLabel = "VIEW", description = "Only this view.")
  private Optional<String> view = Optional.empty();

  @Option(
      names = "--output",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
  private OutputFormat output;

  public static void main(String[] arguments) {
    main(new Status(), arguments);
  }

  @Override
  protected void validate(Settings settings) {
    view.ifPresent(settings.views()::named);
  }

  @Override
  protected void run(SparkSession spark, Settings settings, PrintWriter out) throws IOException {
    Health health = new Health(spark, settings, Clock.systemUTC());
    Collection<View> views =
        view.<Collection<View>>map(name -> List.of(settings.views().named(name)))
            .orElse(settings.views().all());
    List<Health.Check> checks = new ArrayList<>();
    views.forEach(each -> checks.addAll(health.of(each)));
    output.print(COLUMNS, checks.stream().map(Status::row).iterator(), out);
    out.flush();

    long red = checks.stream().filter(check -> check.light() == Health.Light.red).count();
    if (red > 0) {
      throw new Failure(
          ErrorCode.HEALTH_RED, "%d of %d checks are red".formatted(red, checks.size()));
    }
  }

  private static Row row(Health.Check check) {
    return RowFactory.create(check.view(), check.what(), check.light().name(), check.detail());
  }
}
