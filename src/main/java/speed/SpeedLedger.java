package speed;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StateOperatorProgress;
import org.apache.spark.sql.streaming.StreamingQueryListener;
import org.apache.spark.sql.streaming.StreamingQueryProgress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accounts for every record that the speed queries of this run read: counted, duplicate, late or
 * rejected. What is counted is measured behind the deduplication, so that the sum can fail to
 * match.
 */
public final class SpeedLedger extends StreamingQueryListener {
  static final String RECORDS = "records";
  static final String COUNTED = "counted";

  private static final Logger PROGRESS = LoggerFactory.getLogger("progress");
  private static final String DEDUPLICATION = "dedupeWithinWatermark";

  private final Map<String, Account> accounts = new ConcurrentHashMap<>();

  /** Where the records of one query went. */
  public record Account(long read, long counted, long duplicate, long late, long rejected) {
    static final Account EMPTY = new Account(0, 0, 0, 0, 0);

    Account plus(Account other) {
      return new Account(
          read + other.read,
          counted + other.counted,
          duplicate + other.duplicate,
          late + other.late,
          rejected + other.rejected);
    }

    /** Whether every record read went somewhere, and none twice. */
    public boolean balances() {
      return read == counted + duplicate + late + rejected;
    }
  }

  /** The account of a query so far, by its name. */
  public Account of(String query) {
    return accounts.getOrDefault(query, Account.EMPTY);
  }

  @Override
  public void onQueryStarted(QueryStartedEvent event) {}

  @Override
  public void onQueryProgress(QueryProgressEvent event) {
    StreamingQueryProgress progress = event.progress();
    if (progress.numInputRows() == 0 || !progress.observedMetrics().containsKey(RECORDS)) {
      return;
    }

    Account account = accounts.merge(progress.name(), read(progress), Account::plus);
    PROGRESS.info(
        "{}: batch {} of {} records in {} ms; so far {} counted, {} duplicate, {} late, {} rejected",
        progress.name(),
        progress.batchId(),
        progress.numInputRows(),
        progress.batchDuration(),
        account.counted(),
        account.duplicate(),
        account.late(),
        account.rejected());
    if (!account.balances()) {
      PROGRESS.warn("{}: the records do not add up: {}", progress.name(), account);
    }
  }

  @Override
  public void onQueryTerminated(QueryTerminatedEvent event) {}

  private static Account read(StreamingQueryProgress progress) {
    Row records = progress.observedMetrics().get(RECORDS);
    Row counted = progress.observedMetrics().get(COUNTED);
    long duplicate = 0;
    long late = 0;
    for (StateOperatorProgress operator : progress.stateOperators()) {
      // The windows behind it never see a record that it let pass as late.
      if (operator.operatorName().equals(DEDUPLICATION)) {
        duplicate += operator.customMetrics().getOrDefault("numDroppedDuplicateRows", 0L);
        late += operator.numRowsDroppedByWatermark();
      }
    }

    return new Account(
        records.getAs("read"), counted.getAs("events"), duplicate, late, records.getAs("rejected"));
  }
}
