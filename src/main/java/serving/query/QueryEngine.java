package serving.query;

import common.Failure;
import common.lake.Lake;
import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import common.settings.StorageUri;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Row;

/**
 * Reads rows for a server, from several threads at once. Every engine returns the same results for
 * the same state of the layers; a query that takes longer than the engine's timeout, including its
 * wait for other queries, is cancelled.
 *
 * <p>A cancelled query throws a {@link Failure} with the code {@code QUERY_TOO_LONG}.
 */
public interface QueryEngine extends AutoCloseable {

  /** The engine for a lake: DuckDB on this machine's disks, otherwise Spark. */
  static QueryEngine of(Session session, Settings settings) throws SQLException {
    Duration timeout = settings.serve().timeout();
    return StorageUri.isLocal(settings.lakeRoot())
        ? DuckDb.start(timeout)
        : new SparkEngine(session, new Lake(session, settings.lakeRoot()), timeout);
  }

  /**
   * Warms up the engine for each view, so that first queries are not slower. A view that cannot be
   * read is logged and skipped.
   *
   * @throws RuntimeException when the storage cannot be read
   */
  void prepare(Collection<View> views);

  /**
   * The rows of a request, with {@link RowRequest#columns}, in the order of keys and window start.
   * If the request has a limit, one additional row is returned if available, which indicates
   * another page. Times are instants, dates are local dates.
   *
   * @throws Failure with the code {@code OPTION_INVALID} when a value of the key or the cursor does
   *     not have the type of its column
   */
  List<Row> rows(RowRequest request, Layers layers)
      throws SQLException, IOException, InterruptedException;

  /** The newest window of a key, with {@link QueryRouter#columns}; empty if it has no rows. */
  Optional<Row> newest(View view, RowFilter key, Layers layers)
      throws SQLException, IOException, InterruptedException;

  /** The first and the last window start of a view; empty if it has no rows. */
  Optional<Extent> extent(View view, Layers layers)
      throws SQLException, IOException, InterruptedException;

  /**
   * The totals of micro-batches in files of the ledger.
   *
   * @param files at least one file
   * @param from only micro-batches that started at or after this time
   */
  List<LedgerStatement.Totals> ledger(List<DataFile> files, Instant from, Duration interval)
      throws SQLException, IOException, InterruptedException;

  @Override
  void close() throws SQLException;

  /** The first and the last window start. */
  record Extent(Instant oldest, Instant newest) {
    /**
     * Reads both values from the single row of {@link serving.sql.UnifiedView#extent}.
     *
     * @return empty if they are null
     */
    static Optional<Extent> of(Row row) {
      return row.isNullAt(0)
          ? Optional.empty()
          : Optional.of(new Extent(row.getInstant(0), row.getInstant(1)));
    }
  }
}
