package rival;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;

/**
 * Computes a view in DuckDB from the Parquet files of the master dataset: deduplication as in the
 * application, exact distinct counts and medians, written to one Parquet file. Windows are integers
 * because DuckDB's own time buckets use calendar arithmetic for timestamps with time zone.
 *
 * <pre>DuckDbBatch MASTER_FOLDER OUTPUT_FILE VIEW</pre>
 */
public final class DuckDbBatch {
  private static final long MINUTE = 60_000_000L;
  private static final long DAY = 86_400_000_000L;
  private static final String DEVICE_MEASURES =
      """
      count(*) AS event_count,
      avg(temperature) AS avg_temperature,
      min(temperature) AS min_temperature,
      max(temperature) AS max_temperature,
      stddev_samp(temperature) AS stddev_temperature,
      sum(energy_consumed) AS total_energy,
      count(DISTINCT user_id) AS unique_users
      """;
  private static final Map<String, Aggregation> VIEWS =
      Map.of(
          "device_metrics",
          new Aggregation("device_id", MINUTE, DEVICE_MEASURES),
          "device_daily_metrics",
          new Aggregation(
              "device_id", DAY, DEVICE_MEASURES + ", median(temperature) AS median_temperature"),
          "user_activity_summary",
          new Aggregation(
              "user_id",
              DAY,
              """
              count(*) AS total_events,
              count(DISTINCT device_id) AS unique_devices,
              count(*) FILTER (event_type = 'login') AS login_count,
              count(*) FILTER (event_type = 'transaction') AS transaction_count,
              avg(session_duration) AS avg_session_duration,
              max(session_duration) AS max_session_duration,
              sum(revenue) AS total_revenue
              """));

  private DuckDbBatch() {}

  public static void main(String[] arguments) throws Exception {
    Aggregation view = VIEWS.get(arguments[2]);
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("SET threads = 2");
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute(
          """
          COPY (
            SELECT %1$s, epoch_us(event_timestamp) // %2$d AS window_number,
              %3$s
            FROM (
              FROM read_parquet('%4$s/**/*.parquet')
              QUALIFY row_number() OVER (
                PARTITION BY event_date, event_key
                ORDER BY ingested_at, source, file, partition, "offset") = 1)
            WHERE %1$s IS NOT NULL
            GROUP BY ALL
          ) TO '%5$s' (FORMAT PARQUET)
          """
              .formatted(
                  view.key(), view.windowMicros(), view.measures(), arguments[0], arguments[1]));
    }
  }

  private record Aggregation(String key, long windowMicros, String measures) {}
}
