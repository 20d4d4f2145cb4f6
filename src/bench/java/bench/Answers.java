package bench;

import static java.util.Comparator.naturalOrder;
import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import redis.clients.jedis.Jedis;

/** Reads the results of the benchmarked systems: rows by device or user, values by column. */
final class Answers {
  static final List<String> MEASURES =
      List.of(
          "event_count",
          "avg_temperature",
          "min_temperature",
          "max_temperature",
          "stddev_temperature",
          "total_energy",
          "unique_users");

  private Answers() {}

  /**
   * The newest window of each device, from Redis.
   *
   * @param pattern key pattern, with {@code %s} for the device
   */
  static Map<String, Map<String, String>> hashes(Services services, String pattern) {
    Map<String, Map<String, String>> rows = new TreeMap<>();
    try (Jedis redis = new Jedis("127.0.0.1", services.redisPort())) {
      for (int i = 0; i < Events.DEVICES; i++) {
        Map<String, String> row = redis.hgetAll(pattern.formatted("device-" + i));
        if (!row.isEmpty()) {
          row.keySet().retainAll(MEASURES);
          rows.put("device-" + i, row);
        }
      }
    }

    return rows;
  }

  /**
   * Sums each column over each key's rows, so that a differing row changes at least one sum.
   *
   * @param files a list of Parquet files in DuckDB's SQL
   */
  static Map<String, Map<String, String>> sums(String files, String key, List<String> columns)
      throws SQLException {
    Map<String, Map<String, String>> rows = new TreeMap<>();
    String sums =
        columns.stream()
            .map(column -> "CAST(coalesce(sum(%1$s), 0) AS DOUBLE) AS %1$s".formatted(column))
            .collect(joining(", "));
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT %s, count(*) AS rows, %s FROM read_parquet([%s]) GROUP BY ALL"
                    .formatted(key, sums, files))) {
      while (found.next()) {
        Map<String, String> row = new TreeMap<>(Map.of("rows", found.getString("rows")));
        for (String column : columns) {
          row.put(column, found.getString(column));
        }

        rows.put(found.getString(key), row);
      }
    }

    return rows;
  }

  /** The number of minutes in which a device has events. */
  static long minutes(String files, String device) throws SQLException {
    try (Connection duck = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duck.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT count(DISTINCT epoch_ms(event_timestamp) // 60000) FROM read_parquet([%s]) WHERE device_id = '%s'"
                    .formatted(files, device))) {
      found.next();
      return found.getLong(1);
    }
  }

  /**
   * The files that the last commit of a table added, for {@link #sums}: a run over the whole view
   * replaces all files.
   */
  static String newestFiles(Path table) throws IOException {
    List<Path> commits = commits(table);
    return added(table, commits.subList(commits.size() - 1, commits.size()));
  }

  /** All files of a table that never removed any, for {@link #sums}. */
  static String allFiles(Path table) throws IOException {
    return added(table, commits(table));
  }

  private static List<Path> commits(Path table) throws IOException {
    try (Stream<Path> log = Files.list(table.resolve("_delta_log"))) {
      return log.filter(file -> file.toString().endsWith(".json")).sorted(naturalOrder()).toList();
    }
  }

  private static String added(Path table, List<Path> commits) throws IOException {
    StringBuilder files = new StringBuilder();
    for (Path commit : commits) {
      for (String line : Files.readAllLines(commit)) {
        if (line.startsWith("{\"add\":")) {
          String file = line.replaceFirst("^.*?\"path\":\"([^\"]+)\".*$", "$1");
          files.append(files.isEmpty() ? "" : ", ").append("'%s'".formatted(table.resolve(file)));
        }
      }
    }

    return files.toString();
  }
}
