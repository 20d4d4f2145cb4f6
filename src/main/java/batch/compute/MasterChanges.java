package batch.compute;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.max;

import common.event.EventSchema;
import common.lake.LakeTable;
import java.io.FileNotFoundException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Events added to the master dataset between two versions, from its change data feed. */
final class MasterChanges {
  private static final Logger LOG = LoggerFactory.getLogger(MasterChanges.class);

  private final SparkSession spark;
  private final LakeTable master;

  MasterChanges(SparkSession spark, LakeTable master) {
    this.spark = spark;
    this.master = master;
  }

  /**
   * The newest event time for each event date with events added after version {@code from}, up to
   * and including {@code to}. Compaction adds no events. Only two columns of the new files are
   * read.
   *
   * @return empty when the feed does not reach back that far (vacuum, log retention, or a master
   *     dataset created without a feed)
   */
  Optional<Map<LocalDate, Instant>> newestByDate(long from, long to) {
    if (from == to) {
      return Optional.of(Map.of());
    }

    try {
      List<Row> dates =
          spark
              .read()
              .format("delta")
              .option("readChangeFeed", true)
              .option("startingVersion", from + 1)
              .option("endingVersion", to)
              .load(master.path())
              .groupBy(col(EventSchema.EVENT_DATE))
              .agg(max(EventSchema.EVENT_TIMESTAMP))
              .collectAsList();
      Map<LocalDate, Instant> newest = new TreeMap<>();
      dates.forEach(row -> newest.put(row.getLocalDate(0), row.getInstant(1)));
      return Optional.of(newest);
    } catch (Exception unreadable) {
      // Spark throws the checked AnalysisException without declaring it.
      if (!outOfReach(unreadable)) {
        throw unreadable;
      }

      LOG.warn(
          "batch: the changes of the master dataset since version {} are no longer available ({}): computing the whole view",
          from,
          String.valueOf(unreadable.getMessage()).lines().findFirst().orElse(""));
      return Optional.empty();
    }
  }

  private static boolean outOfReach(Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
        .anyMatch(
            cause ->
                cause instanceof FileNotFoundException
                    || List.of(
                            "VersionNotFoundException",
                            "DeltaFileNotFoundException",
                            "DeltaChangeDataMissingException")
                        .contains(cause.getClass().getSimpleName())
                    || String.valueOf(cause.getMessage())
                        .startsWith("[DELTA_MISSING_CHANGE_DATA]"));
  }
}
