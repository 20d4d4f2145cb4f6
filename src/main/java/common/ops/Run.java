package common.ops;

import common.metrics.DateRange;
import common.metrics.Dates;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/**
 * One run that computed or replaced a batch view: a row of {@code ops/runs} and, until that row is
 * written, the user metadata of the view's commit.
 *
 * @param id random UUID
 * @param reason why an operator requested the run
 * @param startedAt when its last attempt started
 * @param durationMs duration of its last attempt
 * @param conflicts how many attempts before the last one were abandoned because of a write
 *     conflict; 0 for runs that an earlier version of this application recorded
 */
public record Run(
    String id,
    String view,
    Kind kind,
    Optional<String> reason,
    Input input,
    Counts counts,
    Output output,
    Instant startedAt,
    long durationMs,
    long conflicts) {

  /**
   * The part of the master dataset that the run read.
   *
   * @param masterId id of the master's Delta table
   * @param from newest version of the master that earlier runs had counted; empty when the run read
   *     the whole master dataset
   * @param to newest version of the master that the run read
   * @param completeTo newest version of the master that the whole view covers after this run; empty
   *     if only some of its dates have ever been computed
   * @param newestEvent newest event time in the master
   */
  public record Input(
      String masterId,
      Optional<Long> from,
      long to,
      Optional<Long> completeTo,
      Optional<Instant> newestEvent) {}

  /**
   * The run's counts.
   *
   * @param events distinct events that the run read
   * @param duplicates further occurrences of these events, not counted
   * @param withoutKey distinct events that lack a key of the view
   * @param rows rows written
   * @param nulls rows without a value, by measure
   */
  public record Counts(
      long events, long duplicates, long withoutKey, long rows, Map<String, Long> nulls) {
    public static final Counts NONE = new Counts(0, 0, 0, 0, Map.of());

    public Counts {
      nulls = Map.copyOf(nulls);
    }
  }

  /**
   * The run's output.
   *
   * @param tableId id of the batch view's Delta table
   * @param version version of that table that the run committed
   * @param replacedVersion version of that table before a rebuild or a restore
   * @param definition definition of the view
   * @param dates days whose windows were replaced; empty when all windows were
   * @param boundary start of the first window that the batch view does not serve
   */
  public record Output(
      String tableId,
      long version,
      Optional<Long> replacedVersion,
      String definition,
      Optional<Dates> dates,
      Optional<Instant> boundary) {
    Output at(long committed) {
      return new Output(tableId, committed, replacedVersion, definition, dates, boundary);
    }
  }

  private static final String CONFLICTS = "conflicts";

  /**
   * Schema of {@code ops/runs}. For a run over given dates, {@code dates} holds the first and the
   * last date; for an incremental run, {@code dates} holds every date. A row with an {@code error}
   * is a {@link FailedRun}.
   */
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
          .add("duration_ms", DataTypes.LongType)
          .add("error", DataTypes.StringType)
          .add(CONFLICTS, DataTypes.LongType);

  /** What a run does to the view. */
  public enum Kind {
    /** Computes the whole view. */
    full,
    /** Computes the windows of given dates. */
    dates,
    /** Computes the windows of the dates that new events touched. */
    incremental,
    /** Computes the whole view for a recorded reason; the replaced version stays restorable. */
    rebuild,
    /** Restores an earlier version. */
    restore
  }

  public Run {
    startedAt = startedAt.truncatedTo(ChronoUnit.MILLIS);
  }

  /** The same run, with the version of its commit. */
  public Run committedAs(long committed) {
    return new Run(
        id,
        view,
        kind,
        reason,
        input,
        counts,
        output.at(committed),
        startedAt,
        durationMs,
        conflicts);
  }

  Row toRow() {
    return new GenericRowWithSchema(
        new Object[] {
          id,
          view,
          output.version(),
          kind.name(),
          reason.orElse(null),
          input.from().orElse(null),
          input.to(),
          input.completeTo().orElse(null),
          CollectionConverters.asScala(recordedDates()).toSeq(),
          counts.events(),
          counts.duplicates(),
          counts.withoutKey(),
          counts.rows(),
          CollectionConverters.asScala(counts.nulls()),
          input.newestEvent().orElse(null),
          output.boundary().orElse(null),
          output.replacedVersion().orElse(null),
          output.definition(),
          output.tableId(),
          input.masterId(),
          startedAt,
          durationMs,
          null,
          conflicts
        },
        SCHEMA);
  }

  static Run of(Row row) {
    Kind kind = Kind.valueOf(row.getAs("kind"));
    return new Run(
        row.getAs("run_id"),
        row.getAs("view"),
        kind,
        optional(row, "reason"),
        new Input(
            row.getAs("master_id"),
            optional(row, "master_from"),
            row.<Long>getAs("master_to"),
            optional(row, "complete_to"),
            optional(row, "newest_event")),
        new Counts(
            row.<Long>getAs("events"),
            row.<Long>getAs("duplicates"),
            row.<Long>getAs("without_key"),
            row.<Long>getAs("rows"),
            row.getJavaMap(row.fieldIndex("nulls"))),
        new Output(
            row.getAs("table_id"),
            row.<Long>getAs("version"),
            optional(row, "replaced_version"),
            row.getAs("definition"),
            dates(kind, row.getList(row.fieldIndex("dates"))),
            optional(row, "boundary")),
        row.getAs("started_at"),
        row.<Long>getAs("duration_ms"),
        conflicts(row));
  }

  /**
   * The number of conflicts; rows of an earlier version of the table have no value, or lack the
   * column.
   */
  static long conflicts(Row row) {
    return row.schema().getFieldIndex(CONFLICTS).isDefined()
        ? Run.<Long>optional(row, CONFLICTS).orElse(0L)
        : 0;
  }

  private List<LocalDate> recordedDates() {
    if (kind == Kind.dates) {
      DateRange range = output.dates().orElseThrow().ranges().get(0);
      return Stream.of(range.from(), range.to()).distinct().toList();
    }

    return output.dates().map(Dates::days).orElseGet(Stream::empty).toList();
  }

  private static Optional<Dates> dates(Kind kind, List<LocalDate> recorded) {
    if (recorded.isEmpty()) {
      return Optional.empty();
    }

    LocalDate last = recorded.get(recorded.size() - 1);
    return Optional.of(
        kind == Kind.dates ? Dates.of(new DateRange(recorded.get(0), last)) : Dates.of(recorded));
  }

  private static <T> Optional<T> optional(Row row, String column) {
    return Optional.ofNullable(row.<T>getAs(column));
  }
}
