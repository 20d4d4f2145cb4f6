package common.lake;

import static java.util.stream.Collectors.toMap;

import io.delta.kernel.Operation;
import io.delta.kernel.Scan;
import io.delta.kernel.Table;
import io.delta.kernel.Transaction;
import io.delta.kernel.TransactionBuilder;
import io.delta.kernel.TransactionCommitResult;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.defaults.internal.data.DefaultRowBasedColumnarBatch;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.CheckpointAlreadyExistsException;
import io.delta.kernel.exceptions.ConcurrentTransactionException;
import io.delta.kernel.exceptions.ConcurrentWriteException;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.actions.AddFile;
import io.delta.kernel.internal.actions.CommitInfo;
import io.delta.kernel.internal.actions.Format;
import io.delta.kernel.internal.actions.Metadata;
import io.delta.kernel.internal.actions.Protocol;
import io.delta.kernel.internal.actions.RemoveFile;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.data.GenericRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.internal.util.VectorUtils;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterable;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.DataFileStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.catalyst.catalog.ExternalCatalogUtils;
import org.apache.spark.sql.types.StructField;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Commits of no or few rows, written on the driver by Delta Kernel: no Spark job, and no Spark
 * session. A commit with a handful of rows costs Spark seconds, most of them for the state of the
 * table that it replaces.
 *
 * <p>Kernel 3.2 creates no table with properties and replaces no rows. Those commits are put
 * together here from its actions, and land exactly behind the version that they were prepared from,
 * or not at all. Internal packages of Kernel are as safe here as for {@link TableLog}.
 */
final class TableWriter {
  private static final Logger LOG = LoggerFactory.getLogger(TableWriter.class);
  private static final String ENGINE = "lambda-analytics";

  /** What {@code delta.appendOnly} needs, and what the change feed does. */
  private static final int WRITER_VERSION = 2;

  private static final int WRITER_VERSION_WITH_CHANGE_FEED = 4;

  /** Delta's default for {@code delta.checkpointInterval}. */
  private static final String CHECKPOINT_INTERVAL = "10";

  /** Kernel's own action has no place for what it removes. */
  private static final StructType REMOVE = new StructType().add("remove", RemoveFile.FULL_SCHEMA);

  private final String path;
  private final Engine engine;
  private final TableLog log;

  TableWriter(String path, Configuration hadoop) {
    this.path = path;
    this.engine = new DriverEngine(hadoop);
    this.log = new TableLog(path, hadoop);
  }

  /**
   * Creates the table in one commit, whatever a killed job left in its folder.
   *
   * @param schema names and types of the columns; all of them take nulls
   * @throws ConcurrentModificationException when another has created it meanwhile
   */
  void create(
      org.apache.spark.sql.types.StructType schema,
      List<String> partitionColumns,
      Map<String, String> properties) {
    String json = nullable(schema).json();
    Protocol protocol =
        new Protocol(
            TableDefinition.READER_VERSION,
            Boolean.parseBoolean(properties.get("delta.enableChangeDataFeed"))
                ? WRITER_VERSION_WITH_CHANGE_FEED
                : WRITER_VERSION,
            null,
            null);
    Metadata metadata =
        new Metadata(
            UUID.randomUUID().toString(),
            Optional.empty(),
            Optional.empty(),
            new Format(),
            json,
            engine.getJsonHandler().deserializeStructType(json),
            VectorUtils.stringArrayValue(partitionColumns),
            Optional.of(System.currentTimeMillis()),
            VectorUtils.stringStringMapValue(properties));
    try {
      engine.getFileSystemClient().mkdirs(folder());
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    commit(
        0,
        "CREATE TABLE",
        List.of(
            SingleAction.createProtocolSingleAction(protocol.toRow()),
            SingleAction.createMetadataSingleAction(metadata.toRow())));
  }

  /**
   * Appends rows of the table's schema.
   *
   * @throws ConcurrentModificationException when the table itself changed meanwhile
   */
  void append(List<org.apache.spark.sql.Row> rows) {
    append(rows, transaction().build(engine));
  }

  /**
   * The same, unless rows were appended under that or a greater number before.
   *
   * @param writer whose numbers they are
   * @param number of these rows
   * @throws ConcurrentModificationException as {@link #append(List)}, and when the writer appended
   *     under another number meanwhile
   */
  void appendOnce(List<org.apache.spark.sql.Row> rows, String writer, long number) {
    Transaction transaction;
    try {
      transaction = transaction().withTransactionId(engine, writer, number).build(engine);
    } catch (ConcurrentTransactionException done) {
      LOG.debug("{}: {} has written its number {}", path, writer, number);
      return;
    }

    append(rows, transaction);
  }

  /**
   * Puts rows in place of those of one partition.
   *
   * @param column the table's partition column, a string
   * @param change gives all rows of the partition, from those that are there
   * @throws ConcurrentModificationException when another commit came first
   */
  void replace(String column, String value, UnaryOperator<List<org.apache.spark.sql.Row>> change) {
    SnapshotImpl read = log.snapshot();
    List<Row> actions = new ArrayList<>(removals(read, column, value));
    List<org.apache.spark.sql.Row> rows = change.apply(log.partition(read, column, value));
    actions.addAll(additions(transaction().build(engine), rows));
    long version = read.getVersion(engine) + 1;
    commit(version, "WRITE", actions);
    String interval =
        read.getMetadata()
            .getConfiguration()
            .getOrDefault("delta.checkpointInterval", CHECKPOINT_INTERVAL);
    if (version % Integer.parseInt(interval) == 0) {
      checkpoint(version);
    }
  }

  private void append(List<org.apache.spark.sql.Row> rows, Transaction transaction) {
    TransactionCommitResult committed;
    try {
      committed =
          transaction.commit(
              engine,
              CloseableIterable.inMemoryIterable(
                  Utils.toCloseableIterator(additions(transaction, rows).iterator())));
    } catch (ConcurrentWriteException lost) {
      throw conflict(lost);
    }

    if (committed.isReadyForCheckpoint()) {
      checkpoint(committed.getVersion());
    }
  }

  /** Writes rows to files, one a partition, and gives the actions that add them. */
  private List<Row> additions(Transaction transaction, List<org.apache.spark.sql.Row> rows) {
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
   * Kernel's own way ({@code getWriteContext}, {@code generateAppendActions}) encodes paths twice:
   * it puts files of a table with a space in its path into another folder.
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

  private List<Row> removals(SnapshotImpl snapshot, String column, String value) {
    Predicate wanted = new Predicate("=", new Column(column), Literal.ofString(value));
    Scan scan = snapshot.getScanBuilder(engine).withFilter(engine, wanted).build();
    List<Row> actions = new ArrayList<>();
    try (CloseableIterator<FilteredColumnarBatch> batches = scan.getScanFiles(engine)) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> files = batches.next().getRows()) {
          files.forEachRemaining(file -> actions.add(removal(file)));
        }
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    return actions;
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

  private void commit(long version, String operation, List<Row> actions) {
    Row info =
        new CommitInfo(
                System.currentTimeMillis(),
                ENGINE,
                operation,
                Map.of(),
                false,
                UUID.randomUUID().toString())
            .toRow();
    List<Row> all = new ArrayList<>(List.of(SingleAction.createCommitInfoSingleAction(info)));
    all.addAll(actions);
    try {
      engine
          .getJsonHandler()
          .writeJsonFileAtomically(
              "%s/%020d.json".formatted(folder(), version),
              Utils.toCloseableIterator(all.iterator()),
              false);
    } catch (FileAlreadyExistsException lost) {
      throw conflict(lost);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private static ConcurrentModificationException conflict(Exception lost) {
    return new ConcurrentModificationException("Another commit came first", lost);
  }

  /** Spares readers the commits before; without one they read more, and are as right. */
  private void checkpoint(long version) {
    try {
      table().checkpoint(engine, version);
    } catch (CheckpointAlreadyExistsException done) {
      LOG.debug("{}: version {} has a checkpoint", path, version);
    } catch (IOException | RuntimeException failed) {
      LOG.warn("{}: no checkpoint of version {}", path, version, failed);
    }
  }

  private TransactionBuilder transaction() {
    return table().createTransactionBuilder(engine, ENGINE, Operation.WRITE);
  }

  private Table table() {
    return Table.forPath(engine, path);
  }

  private String folder() {
    return path + "/_delta_log";
  }

  private static org.apache.spark.sql.types.StructType nullable(
      org.apache.spark.sql.types.StructType schema) {
    return new org.apache.spark.sql.types.StructType(
        Arrays.stream(schema.fields())
            .map(
                column ->
                    new StructField(column.name(), column.dataType(), true, column.metadata()))
            .toArray(StructField[]::new));
  }
}
