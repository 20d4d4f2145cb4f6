package serving.query;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import org.duckdb.DuckDBConnection;

/**
 * Prepared DuckDB statements for reuse: DuckDB spends about as much time on planning a query for
 * one key as on running it. Requests for different keys and times have the same SQL until the files
 * of a layer change.
 */
final class StatementPool implements AutoCloseable {
  /** How many statements are kept; those that were used longest ago are closed. */
  static final int MOST_IDLE = 64;

  private final DuckDBConnection database;
  private final Deque<Pooled> idle = new ArrayDeque<>();
  private boolean closed;

  StatementPool(DuckDBConnection database) {
    this.database = database;
  }

  /** A statement with its own connection, because a connection runs one query at a time. */
  record Pooled(String sql, Connection connection, PreparedStatement statement)
      implements AutoCloseable {
    @Override
    public void close() throws SQLException {
      try (connection) {
        statement.close();
      }
    }
  }

  /** A statement for the caller alone, who gives it back or closes it. */
  Pooled take(String sql) throws SQLException {
    synchronized (this) {
      for (Iterator<Pooled> all = idle.iterator(); all.hasNext(); ) {
        Pooled one = all.next();
        if (one.sql().equals(sql)) {
          all.remove();
          return one;
        }
      }
    }

    Connection connection = database.duplicate();
    try {
      return new Pooled(sql, connection, connection.prepareStatement(sql));
    } catch (SQLException invalid) {
      connection.close();
      throw invalid;
    }
  }

  /** Keeps a statement that has run without an error. */
  void giveBack(Pooled statement) throws SQLException {
    Pooled surplus = statement;
    synchronized (this) {
      if (!closed) {
        idle.addFirst(statement);
        surplus = idle.size() > MOST_IDLE ? idle.removeLast() : null;
      }
    }

    if (surplus != null) {
      surplus.close();
    }
  }

  @Override
  public synchronized void close() throws SQLException {
    closed = true;
    while (!idle.isEmpty()) {
      idle.removeLast().close();
    }
  }
}
