package common.lake;

import static java.util.stream.Collectors.toMap;

import io.delta.kernel.Transaction;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.internal.data.DefaultRowBasedColumnarBatch;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.actions.AddFile;
import io.delta.kernel.internal.actions.RemoveFile;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.data.GenericRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.internal.util.VectorUtils;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;

/**
 * Writes the data files of a small Delta table through Kernel, in the same Hive-style partition
 * folders as Spark, and builds the commit actions that add and remove files.
 *
 * @param path path of the table
 */
record DataFiles(String path, Engine engine) {
  /** Kernel's own schema of a remove action lacks the columns of the file. */
  private static final StructType REMOVE = new StructType().add("remove", RemoveFile.FULL_SCHEMA);

  /** Writes rows to files, one per partition, and returns the actions that add them. */
  List<Row> additions(Transaction transaction, List<org.apache.spark.sql.Row> rows) {
    StructType schema = transaction.getSchema(engine);
    List<String> partitionColumns = transaction.getPartitionColumns(engine);
    StructType stored =
        new StructType(
            schema.fields().stream()
                .filter(column -> !partitionColumns.contains(column.getName()))
                .toList());
    List<Row> actions = new ArrayList<>();
    rows.stream()
        .map(row -> RowConversion.toKernel(row, schema))
        .collect(Collectors.groupingBy(row -> partition(row, partitionColumns)))
        .forEach(
            (partition, of) ->
                actions.addAll(
                    additions(
                        partition,
                        new DefaultRowBasedColumnarBatch(
                            stored, of.stream().map(row -> row.select(stored)).toList()))));
    return actions;
  }

  /**
   * Does not use Kernel's {@code getWriteContext} and {@code generateAppendActions}, which encode
   * paths twice: if a table's path contained a space, its files would end up in another folder.
   */
  private List<Row> additions(Map<String, String> partition, ColumnarBatch rows) {
    String folder =
        partition.entrySet().stream()
            .map(of -> ExternalCatalogUtils.getPartitionPathString(of.getKey(), of.getValue()))
            .collect(Collectors.joining("/"));
    List<Row> actions = new ArrayList<>();
    try (CloseableIterator<DataFileStatus> files =
        engine
            .getParquetHandler()
            .writeParquetFiles(
                path + "/" + folder,
                Utils.singletonCloseableIterator(new FilteredColumnarBatch(rows, Optional.empty())),
                List.of())) {
      files.forEachRemaining(file -> actions.add(addition(file, folder, partition)));
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    return actions;
  }

  private static Map<String, String> partition(KernelRow row, List<String> columns) {
    return columns.stream()
        .collect(
            toMap(
                column -> column,
                column -> row.getString(row.getSchema().indexOf(column)),
                (one, other) -> one,
                LinkedHashMap::new));
  }

  private static Row addition(DataFileStatus file, String folder, Map<String, String> partition) {
    String name = new Path(file.getPath()).getName();
    StructType to = AddFile.FULL_SCHEMA;
    Map<Integer, Object> values = new HashMap<>();
    values.put(to.indexOf("path"), new Path(folder, name).toUri().toString());
    values.put(to.indexOf("partitionValues"), VectorUtils.stringStringMapValue(partition));
    values.put(to.indexOf("size"), file.getSize());
    values.put(to.indexOf("modificationTime"), file.getModificationTime());
    values.put(to.indexOf("dataChange"), true);
    return SingleAction.createAddFileSingleAction(new GenericRow(to, values));
  }

  /** Returns the actions that remove files. */
  static List<Row> removals(TableLog.PartitionFiles partition) {
    return partition.files().stream().map(DataFiles::removal).toList();
  }

  private static Row removal(Row file) {
    Row added = file.getStruct(InternalScanFileUtils.ADD_FILE_ORDINAL);
    StructType from = added.getSchema();
    StructType to = RemoveFile.FULL_SCHEMA;
    Map<Integer, Object> values = new HashMap<>();
    values.put(to.indexOf("path"), added.getString(from.indexOf("path")));
    values.put(to.indexOf("deletionTimestamp"), System.currentTimeMillis());
    values.put(to.indexOf("dataChange"), true);
    values.put(to.indexOf("extendedFileMetadata"), true);
    values.put(to.indexOf("partitionValues"), added.getMap(from.indexOf("partitionValues")));
    values.put(to.indexOf("size"), added.getLong(from.indexOf("size")));
    return new GenericRow(REMOVE, Map.of(0, new GenericRow(to, values)));
  }
}
