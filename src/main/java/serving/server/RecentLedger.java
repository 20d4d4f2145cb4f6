package serving.server;

import common.lake.Lake;
import common.lake.LakeTable;
import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import common.ops.StreamProgress;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import serving.query.LedgerCounts;
import serving.query.LedgerStatement;
import serving.query.QueryEngine;

/**
 * The ledger of the last six hours, aggregated into ten-minute intervals.
 *
 * <p>The ledger has one row per micro-batch, and each query adds a file every ten seconds, so
 * reading several hours of the ledger for each request would mean opening thousands of files.
 * Ledger files are immutable, and a file written before a given time contains no micro-batch that
 * started after it. Each recent file is therefore read once, and only its totals are kept. The
 * Delta log is read at most once every ten seconds.
 */
final class RecentLedger {
  static final Duration INTERVAL = Duration.ofMinutes(10);
  private static final int INTERVALS = 36;
  private static final Duration FRESH = Duration.ofSeconds(10);
  private static final int FILES_AT_ONCE = 500;

  private final LakeTable table;
  private final QueryEngine engine;
  private final Clock clock;
  private final Map<String, Map<Instant, LedgerCounts>> totals = new HashMap<>();
  private List<DataFile> files = List.of();
  private Instant listedAt = Instant.MIN;

  RecentLedger(Lake lake, QueryEngine engine, Clock clock) {
    this.table = StreamProgress.table(lake);
    this.engine = engine;
    this.clock = clock;
  }

  /**
   * The totals of the queries that feed or maintain a view.
   *
   * @param from start of the first interval
   * @param to end of the last interval, which is still running
   * @param queries totals by the name of the query and the start of the interval
   */
  record Period(
      Instant from, Instant to, SortedMap<String, SortedMap<Instant, LedgerCounts>> queries) {}

  synchronized Period of(View view) throws SQLException, IOException, InterruptedException {
    Instant now = clock.instant();
    long seconds = INTERVAL.toSeconds();
    Instant to = Instant.ofEpochSecond((now.getEpochSecond() / seconds + 1) * seconds);
    Instant from = to.minus(INTERVAL.multipliedBy(INTERVALS));
    list(now, from);
    List<DataFile> own = files.stream().filter(file -> isOf(view, query(file))).toList();
    read(own.stream().filter(file -> !totals.containsKey(file.localPath())).toList(), from);

    SortedMap<String, SortedMap<Instant, LedgerCounts>> queries = new TreeMap<>();
    for (DataFile file : own) {
      totals
          .get(file.localPath())
          .forEach(
              (start, counts) -> {
                if (!start.isBefore(from)) {
                  queries
                      .computeIfAbsent(query(file), name -> new TreeMap<>())
                      .merge(start, counts, LedgerCounts::plus);
                }
              });
    }

    return new Period(from, to, queries);
  }

  private void list(Instant now, Instant from) {
    if (listedAt.plus(FRESH).isAfter(now)) {
      return;
    }

    files = table.filesSince(from);
    totals.keySet().retainAll(files.stream().map(DataFile::localPath).collect(Collectors.toSet()));
    listedAt = now;
  }

  /** Reads the files in chunks: if a query times out, the totals of earlier chunks are kept. */
  private void read(List<DataFile> unread, Instant from)
      throws SQLException, IOException, InterruptedException {
    for (int i = 0; i < unread.size(); i += FILES_AT_ONCE) {
      List<DataFile> part = unread.subList(i, Math.min(i + FILES_AT_ONCE, unread.size()));
      List<LedgerStatement.Totals> read = engine.ledger(part, from, INTERVAL);
      part.forEach(file -> totals.put(file.localPath(), new HashMap<>()));
      read.forEach(row -> totals.get(row.file()).put(row.start(), row.counts()));
    }
  }

  private static String query(DataFile file) {
    return file.partition().get("query");
  }

  private static boolean isOf(View view, String query) {
    return query.equals(StreamProgress.INGEST)
        || query.startsWith(StreamProgress.speedQuery(view, ""));
  }
}
