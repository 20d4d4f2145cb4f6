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
 * <pre>DuckDbBatch MASTER_FOLDER OUTPUT_FILE device_metrics|device_daily_metrics</pre>
 */
public final class DuckDbBatch {
  private static final Map<String, Long> WINDOW_MICROS =
      Map.of(
          "device_metrics", 60_000_000L,
          "device_daily_metrics", 86_400_000_000L);

  private DuckDbBatch() {}

  public static void main(String[] arguments) throws Exception {
    String median =
        arguments[2].equals("device_daily_metrics")
            ? "median(temperature) AS median_temperature,"
            : "";
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement()) {
      statement.execute("SET threads = 2");
      statement.execute("SET TimeZone = 'UTC'");
      statement.execute(
          """
          COPY (
            SELECT device_id, epoch_us(event_timestamp) // %d AS window_number,
              count(*) AS event_count,
              avg(temperature) AS avg_temperature,
              min(temperature) AS min_temperature,
              max(temperature) AS max_temperature,
              stddev_samp(temperature) AS stddev_temperature,
              %s
              sum(energy_consumed) AS total_energy,
              count(DISTINCT user_id) AS unique_users
            FROM (
              FROM read_parquet('%s/**/*.parquet')
              QUALIFY row_number() OVER (
                PARTITION BY event_date, event_key
                ORDER BY ingested_at, source, file, partition, "offset") = 1)
            WHERE device_id IS NOT NULL
            GROUP BY ALL
          ) TO '%s' (FORMAT PARQUET)
          """
              .formatted(WINDOW_MICROS.get(arguments[2]), median, arguments[0], arguments[1]));
    }
  }
}
