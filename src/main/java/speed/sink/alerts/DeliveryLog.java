package speed.sink.alerts;

import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import common.metrics.View;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** {@code ops/alert_deliveries}: the final result of each notification for each channel. */
final class DeliveryLog {
  private static final StructType SCHEMA =
      new StructType()
          .add("view", DataTypes.StringType)
          .add("channel", DataTypes.StringType)
          .add("notice_id", DataTypes.StringType)
          .add("outcome", DataTypes.StringType)
          .add("reason", DataTypes.StringType)
          .add("attempts", DataTypes.IntegerType)
          .add("changed_at", DataTypes.TimestampType)
          .add("ended_at", DataTypes.TimestampType);

  private final View view;
  private final LakeTable table;

  DeliveryLog(Lake lake, View view) {
    this.view = view;
    this.table = lake.table("ops/alert_deliveries", SCHEMA, List.of("view"));
  }

  /** Results, stored by constant name. */
  enum Result {
    delivered,
    refused,
    expired
  }

  /**
   * The final result of a notification for one channel.
   *
   * @param reason the last error; empty if there was none
   */
  record Entry(
      String channel,
      Notification notification,
      Result result,
      String reason,
      int attempts,
      Instant at) {}

  void create() {
    table.create();
  }

  /** The ids of the notifications that have a final result for a channel. */
  Set<String> done(String channel) {
    return table.smallPartition("view", view.name()).stream()
        .filter(row -> channel.equals(row.getAs("channel")))
        .map(row -> row.<String>getAs("notice_id"))
        .collect(Collectors.toSet());
  }

  void append(List<Entry> entries) {
    List<Row> rows = entries.stream().map(this::row).toList();
    Commits.retried("alert deliveries", () -> table.append(rows));
  }

  private Row row(Entry entry) {
    return RowFactory.create(
        view.name(),
        entry.channel(),
        entry.notification().id(),
        entry.result().name(),
        entry.reason().isEmpty() ? null : entry.reason(),
        entry.attempts(),
        entry.notification().alert().changedAt(),
        entry.at());
  }
}
