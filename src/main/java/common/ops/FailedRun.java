package common.ops;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;

/**
 * A batch run that failed: a row of {@code ops/runs} with an error and without counts. A run that
 * failed after its commit also has the row of a {@link Run}.
 *
 * @param id random UUID
 * @param error the error's message in one line
 * @param conflicts how many attempts were repeated because of a write conflict; 0 for a run that
 *     failed after its commit, because the number is in its {@link Run}
 */
public record FailedRun(
    String id,
    String view,
    Run.Kind kind,
    String error,
    Instant startedAt,
    long durationMs,
    long conflicts) {
  public FailedRun {
    startedAt = startedAt.truncatedTo(ChronoUnit.MILLIS);
  }

  /** Whether a row of {@code ops/runs} is a failed run. */
  static boolean is(Row row) {
    int error = row.schema().getFieldIndex("error").isDefined() ? row.fieldIndex("error") : -1;
    return error >= 0 && !row.isNullAt(error);
  }

  Row toRow() {
    Object[] values = new Object[Run.SCHEMA.length()];
    values[Run.SCHEMA.fieldIndex("run_id")] = id;
    values[Run.SCHEMA.fieldIndex("view")] = view;
    values[Run.SCHEMA.fieldIndex("kind")] = kind.name();
    values[Run.SCHEMA.fieldIndex("started_at")] = startedAt;
    values[Run.SCHEMA.fieldIndex("duration_ms")] = durationMs;
    values[Run.SCHEMA.fieldIndex("error")] = error;
    values[Run.SCHEMA.fieldIndex("conflicts")] = conflicts;
    return new GenericRowWithSchema(values, Run.SCHEMA);
  }

  static FailedRun of(Row row) {
    return new FailedRun(
        row.getAs("run_id"),
        row.getAs("view"),
        Run.Kind.valueOf(row.getAs("kind")),
        row.getAs("error"),
        row.getAs("started_at"),
        row.<Long>getAs("duration_ms"),
        Run.conflicts(row));
  }
}
