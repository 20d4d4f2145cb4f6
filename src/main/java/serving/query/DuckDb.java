package serving.query;

import common.Failure;
import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.Row;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDriver;

/**
 * An embedded DuckDB for queries over files; no tables are created in DuckDB. The DuckDB jar is on
 * the class path of commands that {@code scripts/submit.sh} starts without {@code SPARK_HOME}, but
 * not in the jar for clusters.
 */
public final class DuckDb implements QueryEngine {
  private static final Duration UNLIMITED = Duration.ofDays(365);

  private final DuckDBConnection database;
  private final StatementPool statements;
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
    this.statements = new StatementPool(database);
    this.timeout = timeout;
    // More concurrent queries would only compete for the cores.
    this.running = new Semaphore(2 * Runtime.getRuntime().availableProcessors());
  }

  /** Whether DuckDB can be started in this JVM. */
  public static boolean isAvailable() {
    try {
      Class.forName("org.duckdb.DuckDBNative");
      return true;
    } catch (ClassNotFoundException | LinkageError absent) {
      return false;
    }
  }

  /**
   * Starts an engine for many small queries.
   *
   * @param timeout time after which a query is cancelled, including its wait for other queries
   */
  public static DuckDb start(Duration timeout) throws SQLException {
    return start(timeout, "", false);
  }

  /** Starts an engine for queries of any size, which sorts large results in temporary files. */
  public static DuckDb startUnlimited() throws SQLException {
    return start(
        UNLIMITED,
        Path.of(System.getProperty("java.io.tmpdir"), "duckdb-" + UUID.randomUUID()).toString(),
        true);
  }

  /**
   * Starts an engine.
   *
   * @param temporary folder for temporary files beyond the memory limit; empty for none
   * @param streamed whether rows are computed as they are read; a query cannot be cancelled then
   */
  private static DuckDb start(Duration timeout, String temporary, boolean streamed)
      throws SQLException {
    Properties properties = new Properties();
    properties.setProperty(DuckDBDriver.JDBC_STREAM_RESULTS, String.valueOf(streamed));
    Connection connection = DriverManager.getConnection("jdbc:duckdb:", properties);
    try (Statement setting = connection.createStatement()) {
      // These settings also apply to the connections that are duplicated from this one.
      setting.execute("SET GLOBAL TimeZone = 'UTC'");
      setting.execute("SET memory_limit = '1GB'");
      setting.execute("SET temp_directory = '%s'".formatted(temporary.replace("'", "''")));
      setting.execute("SET enable_external_file_cache = true");
      setting.execute("SET autoinstall_known_extensions = false");
      setting.execute("SET lock_configuration = true");
    }

    return new DuckDb(connection.unwrap(DuckDBConnection.class), timeout);
  }

  /** Does nothing: the first query is as fast as the others. */
  @Override
  public void prepare(Collection<View> views) {}

  @Override
  public List<Row> rows(RowRequest request, Layers layers)
      throws SQLException, IOException, InterruptedException {
    return rows(RowStatement.of(request, layers));
  }

  @Override
  public Optional<Row> newest(View view, RowFilter key, Layers layers)
      throws SQLException, IOException, InterruptedException {
    return rows(RowStatement.newest(view, key, layers)).stream().findFirst();
  }

  @Override
  public Optional<Extent> extent(View view, Layers layers)
      throws SQLException, IOException, InterruptedException {
    return Extent.of(rows(RowStatement.extent(view, layers)).get(0));
  }

  @Override
  public List<LedgerStatement.Totals> ledger(List<DataFile> files, Instant from, Duration interval)
      throws SQLException, IOException, InterruptedException {
    return rows(LedgerStatement.of(files, from, interval)).stream()
        .map(LedgerStatement.Totals::of)
        .toList();
  }

  private List<Row> rows(RowStatement statement)
      throws SQLException, IOException, InterruptedException {
    List<Row> rows = new ArrayList<>();
    read(statement, answer -> answer.forEachRemaining(rows::add));
    return rows;
  }

  /**
   * Runs a statement and reads its result row by row.
   *
   * @throws Failure when a parameter has the wrong type, or the query takes too long
   */
  public void read(RowStatement statement, RowReader reader)
      throws SQLException, IOException, InterruptedException {
    long deadline = System.nanoTime() + timeout.toNanos();
    if (!running.tryAcquire(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
      throw QueryFailures.tooLong();
    }

    try {
      StatementPool.Pooled pooled = statements.take(statement.sql());
      boolean reusable = false;
      try {
        reusable = read(pooled.statement(), statement, deadline, reader);
      } finally {
        if (reusable) {
          statements.giveBack(pooled);
        } else {
          pooled.close();
        }
      }
    } catch (SQLException failed) {
      throw explained(failed, System.nanoTime() >= deadline);
    } catch (ResultRows.Interrupted failed) {
      throw explained(failed.getCause(), System.nanoTime() >= deadline);
    } finally {
      running.release();
    }
  }

  /**
   * Runs a statement.
   *
   * @return false if the statement has been cancelled meanwhile, which might affect its next use
   */
  private boolean read(
      PreparedStatement prepared, RowStatement statement, long deadline, RowReader reader)
      throws SQLException, IOException {
    ScheduledFuture<?> cancel =
        clock.schedule(() -> cancel(prepared), deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
    try {
      if (System.nanoTime() >= deadline) {
        throw QueryFailures.tooLong();
      }

      for (int i = 0; i < statement.parameters().size(); i++) {
        prepared.setString(i + 1, statement.parameters().get(i));
      }

      try (ResultSet found = prepared.executeQuery()) {
        reader.read(new ResultRows(found, statement.columns().size()));
      }
      return cancel.cancel(false);
    } finally {
      cancel.cancel(false);
    }
  }

  /** Reads the rows of a result. */
  @FunctionalInterface
  public interface RowReader {
    /** Reads the rows once, in order. */
    void read(Iterator<Row> rows) throws IOException;
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
      throw QueryFailures.tooLong();
    }

    if (String.valueOf(failed.getMessage()).contains("Conversion Error")) {
      throw QueryFailures.wrongType();
    }

    return failed;
  }

  @Override
  public void close() throws SQLException {
    clock.shutdownNow();
    try (database) {
      statements.close();
    }
  }
}
