package common.ops;

import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * One run that computed or replaced a batch view: a row of {@code ops/runs}, and, until it is
 * there, the user metadata of the view's commit.
 *
 * @param id random
 * @param version of the batch view's Delta table that the run committed
 * @param reason why an operator asked for it
 * @param masterFrom newest version of the master dataset that was counted before; empty when the
 *     run read all of it
 * @param masterTo newest version of the master dataset that the run read
 * @param completeTo newest version of the master dataset that the whole view counts since this run;
 *     empty where only some dates of it were ever computed
 * @param dates days whose windows were replaced; empty when all were
 * @param events distinct events that it read
 * @param duplicates further copies of them, not counted
 * @param withoutKey events among them that lack a key of the view
 * @param rows rows written
 * @param nulls rows without a value, by measure
 * @param newestEvent newest event time in the master
 * @param boundary the first window that the view does not answer for
 * @param replacedVersion what the table's version was before a rebuild or a restore
 * @param definition of the view
 * @param tableId of the batch view's Delta table
 * @param masterId of the master's Delta table
 */
public record Run(
    String id,
    String view,
    long version,
    Kind kind,
    Optional<String> reason,
    Optional<Long> masterFrom,
    long masterTo,
    Optional<Long> completeTo,
    List<LocalDate> dates,
    long events,
    long duplicates,
    long withoutKey,
    long rows,
    Map<String, Long> nulls,
    Optional<Instant> newestEvent,
    Optional<Instant> boundary,
    Optional<Long> replacedVersion,
    String definition,
    String tableId,
    String masterId,
    Instant startedAt,
    long durationMs) {

  /** Schema of {@code ops/runs}. */
  public static final StructType SCHEMA =
      new StructType()
          .add("run_id", DataTypes.StringType)
          .add("view", DataTypes.StringType)
          .add("version", DataTypes.LongType)
          .add("kind", DataTypes.StringType)
          .add("reason", DataTypes.StringType)
          .add("master_from", DataTypes.LongType)
          .add("master_to", DataTypes.LongType)
          .add("complete_to", DataTypes.LongType)
          .add("dates", DataTypes.createArrayType(DataTypes.DateType))
          .add("events", DataTypes.LongType)
          .add("duplicates", DataTypes.LongType)
          .add("without_key", DataTypes.LongType)
          .add("rows", DataTypes.LongType)
          .add("nulls", DataTypes.createMapType(DataTypes.StringType, DataTypes.LongType))
          .add("newest_event", DataTypes.TimestampType)
          .add("boundary", DataTypes.TimestampType)
          .add("replaced_version", DataTypes.LongType)
          .add("definition", DataTypes.StringType)
          .add("table_id", DataTypes.StringType)
          .add("master_id", DataTypes.StringType)
          .add("started_at", DataTypes.TimestampType)
          .add("duration_ms", DataTypes.LongType);

  /** What a run does to the view. */
  public enum Kind {
    /** All of it computed. */
    full,
    /** The windows of given dates computed. */
    dates,
    /** The windows of those dates computed that new events touched. */
    incremental,
    /** All of it computed for a reason that is kept; what it replaced stays restorable. */
    rebuild,
    /** An earlier version brought back. */
    restore
  }

  public Run {
    dates = List.copyOf(dates);
    nulls = Map.copyOf(nulls);
    startedAt = startedAt.truncatedTo(ChronoUnit.MILLIS);
  }

  /** The same run, with the version that its commit became. */
  public Run committedAs(long committed) {
    return new Run(
        id,
        view,
        committed,
        kind,
        reason,
        masterFrom,
        masterTo,
        completeTo,
        dates,
        events,
        duplicates,
        withoutKey,
        rows,
        nulls,
        newestEvent,
        boundary,
        replacedVersion,
        definition,
        tableId,
        masterId,
        startedAt,
        durationMs);
  }

  Row toRow() {
    return RowFactory.create(
        id,
        view,
        version,
        kind.name(),
        reason.orElse(null),
        masterFrom.orElse(null),
        masterTo,
        completeTo.orElse(null),
        CollectionConverters.asScala(dates).toSeq(),
        events,
        duplicates,
        withoutKey,
        rows,
        CollectionConverters.asScala(nulls),
        newestEvent.orElse(null),
        boundary.orElse(null),
        replacedVersion.orElse(null),
        definition,
        tableId,
        masterId,
        startedAt,
        durationMs);
  }

  static Run of(Row row) {
    return new Run(
        row.getAs("run_id"),
        row.getAs("view"),
        row.<Long>getAs("version"),
        Kind.valueOf(row.getAs("kind")),
        optional(row, "reason"),
        optional(row, "master_from"),
        row.<Long>getAs("master_to"),
        optional(row, "complete_to"),
        row.getList(row.fieldIndex("dates")),
        row.<Long>getAs("events"),
        row.<Long>getAs("duplicates"),
        row.<Long>getAs("without_key"),
        row.<Long>getAs("rows"),
        row.getJavaMap(row.fieldIndex("nulls")),
        optional(row, "newest_event"),
        optional(row, "boundary"),
        optional(row, "replaced_version"),
        row.getAs("definition"),
        row.getAs("table_id"),
        row.getAs("master_id"),
        row.getAs("started_at"),
        row.<Long>getAs("duration_ms"));
  }

  private static <T> Optional<T> optional(Row row, String column) {
    return Optional.ofNullable(row.<T>getAs(column));
  }
}
