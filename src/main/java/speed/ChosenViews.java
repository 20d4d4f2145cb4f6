package speed;

import common.metrics.View;
import common.settings.Settings;
import java.util.List;
import picocli.CommandLine.Option;

/** The {@code --view} option of commands that accept several views. */
final class ChosenViews {
  @Option(
      names = "--view",
      required = true,
      split = ",",
      paramLabel = "VIEW",
      description = "The views, separated by commas.")
  private List<String> names;

  /**
   * The chosen views, without duplicates.
   *
   * @throws common.Failure when a view is unknown
   */
  List<View> of(Settings settings) {
    return names.stream().distinct().map(settings.views()::named).toList();
  }
}
