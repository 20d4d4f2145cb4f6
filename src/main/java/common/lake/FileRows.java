package common.lake;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.udf;

import java.net.URI;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.api.java.UDF1;
import org.apache.spark.sql.expressions.UserDefinedFunction;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The rows of a table's snapshot, read by Spark from the files that the log names. Delta itself
 * would run Spark jobs to compute the table's state and select its files, and these jobs would take
 * most of the time of a short command.
 */
final class FileRows {
  /**
   * Option of Spark's DataSource that disables glob patterns, so that paths may contain any
   * character.
   */
  private static final String GLOBS = "__globPaths__";

  private FileRows() {}

  /** The rows, with the columns of the table in their order. */
  static Dataset<Row> of(SparkSession spark, TableSnapshot table) {
    StructType schema = table.state().schema();
    Map<Map<String, String>, List<String>> files =
        table.files().stream()
            .collect(
                Collectors.groupingBy(
                    TableSnapshot.DataFile::partition,
                    LinkedHashMap::new,
                    Collectors.mapping(TableSnapshot.DataFile::path, Collectors.toList())));
    return files.entrySet().stream()
        .map(partition -> rows(spark, schema, partition.getKey(), partition.getValue()))
        .reduce(Dataset::unionAll)
        .orElseGet(() -> spark.createDataFrame(List.of(), schema));
  }

  private static Dataset<Row> rows(
      SparkSession spark, StructType schema, Map<String, String> partition, List<String> files) {
    Column[] all =
        Arrays.stream(schema.fields())
            .map(
                field ->
                    partition.containsKey(field.name())
                        ? lit(partition.get(field.name())).cast(field.dataType()).as(field.name())
                        : col(field.name()))
            .toArray(Column[]::new);
    return parquet(spark, schema, partition.keySet(), files).select(all);
  }

  /**
   * The rows of files, with the name of each row's file, decoded and without scheme and authority.
   *
   * @param schema columns of the table; columns that a file lacks are null
   * @param partitionColumns columns that no file contains and that are left out
   * @param name of the added column, which comes last
   */
  static Dataset<Row> withFile(
      SparkSession spark,
      StructType schema,
      Collection<String> partitionColumns,
      List<TableSnapshot.DataFile> files,
      String name) {
    UserDefinedFunction decoded =
        udf((UDF1<String, String>) uri -> URI.create(uri).getPath(), DataTypes.StringType);
    List<String> paths = files.stream().map(TableSnapshot.DataFile::path).toList();
    return parquet(spark, schema, partitionColumns, paths)
        .withColumn(name, decoded.apply(col("_metadata.file_path")));
  }

  private static Dataset<Row> parquet(
      SparkSession spark,
      StructType schema,
      Collection<String> partitionColumns,
      List<String> files) {
    StructType inFiles =
        new StructType(
            Arrays.stream(schema.fields())
                .filter(field -> !partitionColumns.contains(field.name()))
                .toArray(StructField[]::new));
    return spark.read().schema(inFiles).option(GLOBS, false).parquet(files.toArray(String[]::new));
  }
}
