package serving.sql;

import static java.util.stream.Collectors.joining;

import common.lake.TableSnapshot.DataFile;
import common.metrics.View;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructField;

/**
 * DuckDB over the Parquet files of one snapshot of each layer, for queries without Spark. This
 * dialect does not look up the boundary: the caller supplies the boundary read between opening the
 * two snapshots.
 *
 * @param batch files of the batch view
 * @param speed files of the speed view
 * @param condition SQL predicate that limits the rows read from both layers; may have numbered
 *     parameters
 */
public record DuckDbDialect(List<DataFile> batch, List<DataFile> speed, Optional<String> condition)
    implements Dialect {

  @Override
  public String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  @Override
  public String batch(View view, List<StructField> columns) {
    return table(batch, columns);
  }

  @Override
  public String speed(View view, List<StructField> columns) {
    return table(speed, columns);
  }

  @Override
  public String boundaries() {
    throw new UnsupportedOperationException("The caller supplies the boundary");
  }

  @Override
  public String beginningOfTime() {
    return "TIMESTAMPTZ '0001-01-01 00:00:00+00'";
  }

  @Override
  public String ago(Duration time) {
    return "now() - INTERVAL '%d' SECOND".formatted(time.toSeconds());
  }

  @Override
  public String createView(String name, String select) {
    return "CREATE OR REPLACE VIEW %s AS%n%s;%n".formatted(quoted(name), select);
  }

  private String table(List<DataFile> files, List<StructField> columns) {
    if (files.isEmpty()) {
      return columns.stream()
          .map(
              column ->
                  "CAST(NULL AS %s) AS %s"
                      .formatted(type(column.dataType()), quoted(column.name())))
          .collect(joining(", ", "(SELECT ", " WHERE false)"));
    }

    // The partition column is not in the files, but can be computed from the window start.
    String selected =
        columns.stream()
            .map(column -> quoted(column.name()))
            .map(
                name ->
                    name.equals(quoted(View.EVENT_DATE))
                        ? "CAST(%s AS DATE) AS %s".formatted(quoted(View.WINDOW_START), name)
                        : name)
            .collect(joining(", "));
    return files.stream()
        .map(file -> "'" + file.localPath().replace("'", "''") + "'")
        .collect(
            joining(
                ", ",
                "(SELECT %s FROM read_parquet([".formatted(selected),
                "], hive_partitioning = false, union_by_name = true)%s)"
                    .formatted(condition.map(" WHERE "::concat).orElse(""))));
  }

  private static String type(DataType type) {
    if (type instanceof DecimalType decimal) {
      return "DECIMAL(%d, %d)".formatted(decimal.precision(), decimal.scale());
    }

    if (type.equals(DataTypes.TimestampType)) {
      return "TIMESTAMPTZ";
    }

    if (type.equals(DataTypes.StringType)) {
      return "VARCHAR";
    }

    // The other types have the same names in both engines.
    return type.sql();
  }
}
