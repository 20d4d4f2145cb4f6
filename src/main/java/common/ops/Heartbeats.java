package common.ops;

import common.lake.Commits;
import common.lake.Lake;
import common.lake.LakeTable;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * {@code ops/heartbeats}: when each streaming query was last known to be running. A query over an
 * idle topic completes no micro-batch, so the ledger alone cannot distinguish an idle query from a
 * stopped one.
 */
public final class Heartbeats {
  private static final String QUERY = "query";
  private static final StructType SCHEMA =
      new StructType().add(QUERY, DataTypes.StringType).add("beat_at", DataTypes.TimestampType);

  private final LakeTable table;

  public Heartbeats(Lake lake) {
    this.table = lake.table("ops/heartbeats", SCHEMA, List.of(QUERY));
  }

  /** Replaces the query's last heartbeat. */
  public void beat(String query, Instant now) {
    table.create();
    Commits.retried(
        "heartbeat of " + query,
        () ->
            table.replacePartition(QUERY, query, before -> List.of(RowFactory.create(query, now))));
  }

  /** The query's last heartbeat; empty when it has not run for a minute yet. */
  public Optional<Instant> last(String query) {
    return table.smallPartition(QUERY, query).stream()
        .map(row -> row.<Instant>getAs("beat_at"))
        .findFirst();
  }
}
