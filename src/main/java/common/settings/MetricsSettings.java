package common.settings;

import java.util.Optional;

/**
 * The section {@code metrics}.
 *
 * @param port of the endpoint for Prometheus; 0 for none
 * @param textfileFolder folder for metrics files; empty to write none
 */
public record MetricsSettings(String host, int port, Optional<String> textfileFolder) {
  private static final int HIGHEST_PORT = 65_535;

  static MetricsSettings read(Section metrics) {
    int port = metrics.wholeNumber("port");
    if (port > HIGHEST_PORT) {
      throw metrics.invalid("port", "at most " + HIGHEST_PORT);
    }

    return new MetricsSettings(
        metrics.text("host"),
        port,
        Optional.of(metrics.optionalText("textfile-folder")).filter(name -> !name.isBlank()));
  }
}
