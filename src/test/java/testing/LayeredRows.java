package testing;

import common.metrics.View;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;

/** Rows of device_metrics on 2026-01-31, written directly to the layers. */
public record LayeredRows(TestLake lake) {

  /** Creates the tables of the view. */
  public LayeredRows create() {
    lake.lake().of(view()).create();
    return this;
  }

  /**
   * Writes layers that overlap, with the boundary at 10:01.
   *
   * @param device a third device, besides {@code a} and {@code b}
   */
  public void overlapping(String device) {
    batch(
        row("a", "10:00", 1), row("a", "10:01", 2), row("b", "10:02", 3), row(device, "10:00", 7));
    speed(
        row("a", "10:01", 20),
        row("a", "10:02", 30),
        row("b", "10:00", 10),
        row(device, "10:05", 8));
    boundary("10:01");
  }

  public View view() {
    return lake.view("device_metrics");
  }

  public void batch(Row... rows) {
    lake.append(lake.lake().batchView(view()), rows);
  }

  public void speed(Row... rows) {
    lake.append(lake.lake().speedView(view()), rows);
  }

  public void boundary(String time) {
    Row row = RowFactory.create(view().name(), time(time), "manual", time(time), null);
    Row other = RowFactory.create("other", time("23:00"), "manual", time(time), null);
    lake.append(lake.lake().boundary(), row, other);
  }

  /** A row with null in the other columns. */
  public Row row(String device, String time, long count) {
    return RowFactory.create(
        Arrays.stream(lake.lake().batchView(view()).schema().fields())
            .map(field -> value(field, device, time, count))
            .toArray());
  }

  public static Instant time(String time) {
    return Instant.parse("2026-01-31T" + time + ":00Z");
  }

  private static Object value(StructField field, String device, String time, long count) {
    return switch (field.name()) {
      case "device_id" -> device;
      case View.WINDOW_START, View.WINDOW_END -> time(time);
      case View.EVENT_DATE -> LocalDate.parse("2026-01-31");
      case "event_count" -> count;
      case "avg_temperature" -> count / 3.0;
      case "alert_level" -> "NORMAL";
      default -> null;
    };
  }
}
