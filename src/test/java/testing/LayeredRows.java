package testing;

import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.StructField;

/** Rows of device_metrics on 2026-01-31, written to the layers by hand. */
public record LayeredRows(TestLake lake) {

  /** Creates the tables of the view. */
  public LayeredRows create() {
    lake.lake().of(view()).create();
    return this;
  }

  public View view() {
    return lake.view("device_metrics");
  }

  public void batch(Row... rows) {
    write(lake.lake().batchView(view()), rows);
  }

  public void speed(Row... rows) {
    write(lake.lake().speedView(view()), rows);
  }

  public void boundary(String time) {
    Row row = RowFactory.create(view().name(), time(time), "manual", time(time), null);
    Row other = RowFactory.create("other", time("23:00"), "manual", time(time), null);
    lake.spark()
        .createDataFrame(List.of(row, other), Lake.BOUNDARY)
        .write()
        .format("delta")
        .mode("append")
        .save(lake.lake().boundary().path());
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

  private void write(LakeTable table, Row... rows) {
    lake.spark()
        .createDataFrame(List.of(rows), table.schema())
        .write()
        .format("delta")
        .mode("append")
        .save(table.path());
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
