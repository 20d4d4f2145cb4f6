package serving.alerts;

import common.alerts.Alert;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** Alerts as rows for output. */
public final class AlertRows {
  public static final List<String> COLUMNS =
      List.of(
          "level",
          "severity",
          "key",
          "window_start",
          "state",
          "raised_at",
          "resolved_at",
          "measure",
          "value",
          "baseline",
          "verdict",
          "exact_value",
          "alert_id");

  private AlertRows() {}

  /** A row with a value for each of the columns. */
  public static Row of(Alert alert) {
    return RowFactory.create(
        alert.subject().level(),
        alert.severity().name(),
        alert.subject().keyText(),
        alert.since().start(),
        alert.state().name(),
        alert.raisedAt().orElse(null),
        alert.resolvedAt().orElse(null),
        alert.reading().measure(),
        alert.reading().value().orElse(null),
        alert.reading().baseline().orElse(null),
        alert.verdict().map(Enum::name).orElse(null),
        alert.exactValue().orElse(null),
        alert.id());
  }
}
