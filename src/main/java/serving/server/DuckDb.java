package serving.server;

import common.ErrorCode;
import common.Failure;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.duckdb.DuckDBConnection;

/** An embedded DuckDB without tables of its own, for queries over files. */
final class DuckDb implements AutoCloseable {
  private final DuckDBConnection database;
  private final Semaphore running;
  private final Duration timeout;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "query-timeout");
            thread.setDaemon(true);
            return thread;
          });

  private DuckDb(DuckDBConnection database, Duration timeout) {
    this.database = database;
    this.timeout = timeout;
    // More concurrent queries would only compete for the cores.
    this.running = new Semaphore(2 * Runtime.getRuntime().availableProcessors());
  }

  /**
   * Starts an engine.
   *
   * @param timeout after which a query is cancelled; includes the time that it waits for others
   */
  static DuckDb start(Duration timeout) throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement setting = connection.createStatement()) {
      // Connections that are duplicated from this one have the global settings.
      setting.execute("SET GLOBAL TimeZone = 'UTC'");
      setting.execute("SET memory_limit = '1GB'");
      setting.execute("SET temp_directory = ''");
      setting.execute("SET enable_external_file_cache = true");
      setting.execute("SET autoinstall_known_extensions = false");
      setting.execute("SET lock_configuration = true");
    }

    return new DuckDb(connection.unwrap(DuckDBConnection.class), timeout);
  }

  /**
   * Runs a statement.
   *
   * @throws Failure when a parameter has the wrong type, or the query takes too long
   */
  List<Row> rows(RowStatement statement) throws SQLException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    if (!running.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw tooLong();
    }

    try (Connection connection = database.duplicate();
        PreparedStatement prepared = connection.prepareStatement(statement.sql())) {
      ScheduledFuture<?> cancel =
          clock.schedule(
              () -> cancel(prepared), deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
      try {
        if (System.nanoTime() >= deadline) {
          throw tooLong();
        }

        return read(prepared, statement);
      } finally {
        cancel.cancel(false);
      }
    } catch (SQLException failed) {
      throw explained(failed, System.nanoTime() >= deadline);
    } finally {
      running.release();
    }
  }

  private static List<Row> read(PreparedStatement prepared, RowStatement statement)
      throws SQLException {
    for (int i = 0; i < statement.parameters().size(); i++) {
      prepared.setString(i + 1, statement.parameters().get(i));
    }

    List<Row> rows = new ArrayList<>();
    try (ResultSet found = prepared.executeQuery()) {
      while (found.next()) {
        Object[] values = new Object[statement.columns().size()];
        for (int i = 0; i < values.length; i++) {
          Object value = found.getObject(i + 1);
          values[i] = value instanceof OffsetDateTime time ? time.toInstant() : value;
        }

        rows.add(RowFactory.create(values));
      }
    }

    return rows;
  }

  private static void cancel(PreparedStatement statement) {
    try {
      statement.cancel();
    } catch (SQLException over) {
      // The query has already finished.
      return;
    }
  }

  private static SQLException explained(SQLException failed, boolean late) {
    if (late) {
      throw tooLong();
    }

    if (String.valueOf(failed.getMessage()).contains("Conversion Error")) {
      throw new Failure(
          ErrorCode.OPTION_INVALID, "A key or cursor does not have the type of its column");
    }

    return failed;
  }

  private static Failure tooLong() {
    return new Failure(
        ErrorCode.QUERY_TOO_LONG, "The query took too long: ask for fewer keys or a shorter time");
  }

  @Override
  public void close() throws SQLException {
    clock.shutdownNow();
    database.close();
  }
}
