package speed;

import common.metrics.View;
import common.settings.Settings;
import java.util.List;
import picocli.CommandLine.Option;

/** The option of commands that take several views. */
final class ChosenViews {
  @Option(
      names = "--view",
      required = true,
      split = ",",
      paramLabel = "VIEW",
      description = "The views, separated by commas.")
  private List<String> names;

  /**
   * Each view once.
   *
   * @throws common.Failure when there is no such view
   */
  List<View> of(Settings settings) {
    return names.stream().distinct().map(settings.views()::named).toList();
  }
}
