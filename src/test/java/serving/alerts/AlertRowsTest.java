package serving.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import common.alerts.Alert;
import java.time.Instant;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import testing.JudgedRows;

class AlertRowsTest {
  private static final Instant NOON = Instant.parse("2026-01-31T12:00:00Z");

  @Test
  void eachValueIsInTheColumnOfItsName() {
    Alert alert = JudgedRows.raised(NOON);
    Row row = AlertRows.of(alert);

    assertThat(row.length()).isEqualTo(AlertRows.COLUMNS.size());
    assertThat(value(row, "level")).isEqualTo("HIGH");
    assertThat(value(row, "window_start")).isEqualTo(NOON);
    assertThat(value(row, "value")).isEqualTo(90.0);
    assertThat(value(row, "alert_id")).isEqualTo(alert.id());
  }

  private static Object value(Row row, String column) {
    return row.get(AlertRows.COLUMNS.indexOf(column));
  }
}
