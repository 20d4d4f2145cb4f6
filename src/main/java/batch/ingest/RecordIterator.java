package batch.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.spark.sql.Row;

/** An iterator over records that can only be read sequentially. */
abstract class RecordIterator implements Iterator<Row> {
  private Row next;
  private boolean ended;

  /** Reads the next record; null at the end. */
  abstract Row readNext() throws IOException;

  @Override
  public final boolean hasNext() {
    if (next == null && !ended) {
      try {
        next = readNext();
      } catch (IOException unreadable) {
        throw new UncheckedIOException(unreadable);
      }

      ended = next == null;
    }

    return next != null;
  }

  @Override
  public final Row next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }

    Row record = next;
    next = null;
    return record;
  }
}
