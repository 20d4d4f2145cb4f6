package serving.query;

import static java.util.stream.Collectors.joining;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.expr;
import static org.apache.spark.sql.functions.lit;

import common.lake.LakeTable;
import common.lake.TableSnapshot.DataFile;
import common.ops.StreamAccount.Split;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Totals of the micro-batches in files of the ledger, by file and interval. */
public final class LedgerStatement {
  /** Files that earlier versions wrote lack the column {@code out_of_order}. */
  private static final String SQL =
      """
      SELECT filename, CAST(floor(epoch(started_at) / %1$d) AS BIGINT) * %1$d, count(*), %2$s
      FROM (
        SELECT *
        FROM read_parquet([%3$s], hive_partitioning = false, union_by_name = true, filename = true)
        UNION ALL BY NAME SELECT CAST(NULL AS BIGINT) AS out_of_order WHERE false
      )
      WHERE started_at >= CAST($1 AS TIMESTAMPTZ)
      GROUP BY ALL
      """;

  private static final List<String> TOTALS =
      List.of(
          total("read"),
          total("counted"),
          total("duplicate"),
          total("late"),
          total("rejected"),
          total("CASE WHEN read IS NULL THEN spanned END"),
          "CAST(sum(out_of_order) AS BIGINT)");

  private LedgerStatement() {}

  /**
   * The totals of one file and interval.
   *
   * @param file {@link DataFile#localPath} of the file
   * @param start of the interval in which the micro-batches started
   */
  public record Totals(String file, Instant start, LedgerCounts counts) {
    public static Totals of(Row row) {
      return new Totals(
          row.getString(0),
          Instant.ofEpochSecond(row.getLong(1)),
          new LedgerCounts(
              row.getLong(2),
              new Split(
                  row.getLong(3), row.getLong(4), row.getLong(5), row.getLong(6), row.getLong(7)),
              row.getLong(8),
              row.isNullAt(9) ? Optional.empty() : Optional.of(row.getLong(9))));
    }
  }

  /**
   * A statement whose rows are {@link Totals}.
   *
   * @param files at least one file on this machine's disks
   * @param from only micro-batches that started at or after this time
   */
  public static RowStatement of(List<DataFile> files, Instant from, Duration interval) {
    String paths =
        files.stream()
            .map(file -> "'" + file.localPath().replace("'", "''") + "'")
            .collect(joining(", "));
    return new RowStatement(
        SQL.formatted(interval.toSeconds(), String.join(", ", TOTALS), paths),
        List.of(from.toString()),
        List.of(
            "file",
            "start",
            "micro_batches",
            "read",
            "counted",
            "duplicate",
            "late",
            "rejected",
            "unknown",
            "out_of_order"));
  }

  /**
   * The totals, computed by Spark.
   *
   * @param microBatches rows of the ledger's files, with {@link LakeTable#FILE}
   */
  static Dataset<Row> totals(Dataset<Row> microBatches, Instant from, Duration interval) {
    String start =
        "CAST(floor(unix_seconds(started_at) / %1$d) AS BIGINT) * %1$d"
            .formatted(interval.toSeconds());
    return microBatches
        .where(col("started_at").geq(lit(from)))
        .groupBy(col(LakeTable.FILE), expr(start))
        .agg(count(lit(1)), TOTALS.stream().map(functions::expr).toArray(Column[]::new));
  }

  private static String total(String number) {
    return "CAST(coalesce(sum(%s), 0) AS BIGINT)".formatted(number);
  }
}
