package serving.query;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.OffsetDateTime;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;

/** The rows of a result set, with times as instants. */
final class ResultRows implements Iterator<Row> {
  private final ResultSet found;
  private final int columns;
  private boolean atNext;

  ResultRows(ResultSet found, int columns) {
    this.found = found;
    this.columns = columns;
  }

  /** The database failed while rows were read. */
  static final class Interrupted extends RuntimeException {
    private static final long serialVersionUID = 1;

    private Interrupted(SQLException cause) {
      super(cause);
    }

    @Override
    public synchronized SQLException getCause() {
      return (SQLException) super.getCause();
    }
  }

  @Override
  public boolean hasNext() {
    try {
      atNext = atNext || found.next();
      return atNext;
    } catch (SQLException failed) {
      throw new Interrupted(failed);
    }
  }

  @Override
  public Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }

    try {
      Object[] values = new Object[columns];
      for (int i = 0; i < columns; i++) {
        Object value = found.getObject(i + 1);
        values[i] = value instanceof OffsetDateTime time ? time.toInstant() : value;
      }

      atNext = false;
      return RowFactory.create(values);
    } catch (SQLException failed) {
      throw new Interrupted(failed);
    }
  }
}
