package common.lake;

import common.ErrorCode;
import common.Failure;
import io.delta.kernel.Operation;
import io.delta.kernel.Table;
import io.delta.kernel.Transaction;
import io.delta.kernel.TransactionBuilder;
import io.delta.kernel.TransactionCommitResult;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.CheckpointAlreadyExistsException;
import io.delta.kernel.exceptions.ConcurrentTransactionException;
import io.delta.kernel.exceptions.ConcurrentWriteException;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.TableConfig;
import io.delta.kernel.internal.actions.CommitInfo;
import io.delta.kernel.internal.actions.Format;
import io.delta.kernel.internal.actions.Metadata;
import io.delta.kernel.internal.actions.Protocol;
import io.delta.kernel.internal.actions.SingleAction;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.internal.util.VectorUtils;
import io.delta.kernel.utils.CloseableIterable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.StructField;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes commits with few or no rows on the driver, through Delta Kernel, without a Spark job or
 * session. Spark needs more than a second for such a commit, mostly to compute the state of the
 * whole table.
 *
 * <p>Kernel 3.2 can neither create a table with properties nor replace rows. This class composes
 * such commits from Kernel's actions; a commit succeeds only as the version immediately following
 * the version that it is based on. Using Kernel's internal packages is safe for the reason given in
 * {@link TableLog}.
 */
final class TableWriter {
  private static final Logger LOG = LoggerFactory.getLogger(TableWriter.class);
  private static final String ENGINE = "lambda-analytics";

  /** The minimum that {@code delta.appendOnly} and the change feed require. */
  private static final int WRITER_VERSION = 2;

  private static final int WRITER_VERSION_WITH_CHANGE_FEED = 4;

  private final String path;
  private final Configuration hadoop;
  private final Engine engine;
  private final TableLog log;
  private final DataFiles files;

  TableWriter(String path, Configuration hadoop) {
    this.path = path;
    this.hadoop = hadoop;
    this.engine = new DriverEngine(hadoop);
    this.log = new TableLog(path, hadoop);
    this.files = new DataFiles(path, engine);
  }

  /**
   * Creates the table in one commit. Files that a killed job left in its folder are harmless.
   *
   * @param schema names and types of the columns; all become nullable
   * @throws ConcurrentModificationException when another job has created the table in the meantime
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
      engine.getFileSystemClient().mkdirs(logFolder());
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
   * @throws Failure when the table has a feature that Kernel cannot write
   */
  void append(List<org.apache.spark.sql.Row> rows) {
    append(rows, begun(transaction()));
  }

  /**
   * Appends rows like {@link #append}, unless the writer has already appended under this or a
   * higher number.
   *
   * @param writer identifies the sequence of numbers
   * @param number number of this append
   * @throws ConcurrentModificationException as {@link #append(List)}, and when the writer appended
   *     under another number meanwhile
   */
  void appendOnce(List<org.apache.spark.sql.Row> rows, String writer, long number) {
    Transaction transaction;
    try {
      transaction = begun(transaction().withTransactionId(engine, writer, number));
    } catch (ConcurrentTransactionException done) {
      LOG.debug("{}: {} has already written number {}", path, writer, number);
      return;
    }

    append(rows, transaction);
  }

  /**
   * Replaces the rows of one partition.
   *
   * @param column the table's partition column, a string
   * @param change maps the current rows of the partition to all of its new ones
   * @throws ConcurrentModificationException when another commit came first
   */
  void replace(String column, String value, UnaryOperator<List<org.apache.spark.sql.Row>> change) {
    SnapshotImpl read = log.snapshot();
    TableLog.PartitionFiles present = log.files(read, column, value);
    List<Row> actions = new ArrayList<>(DataFiles.removals(present));
    actions.addAll(files.additions(begun(transaction()), change.apply(log.rows(present))));
    long version = read.getVersion(engine) + 1;
    commit(version, "WRITE", actions);
    if (version % TableConfig.CHECKPOINT_INTERVAL.fromMetadata(read.getMetadata()) == 0) {
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
                  Utils.toCloseableIterator(files.additions(transaction, rows).iterator())));
    } catch (ConcurrentWriteException lost) {
      throw conflict(lost);
    }

    if (committed.isReadyForCheckpoint()) {
      checkpoint(committed.getVersion());
    }
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
              logFolder() + "/" + TableLog.commitName(version),
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

  /**
   * Writes a checkpoint, so that readers need not read the earlier commits. A failure is only
   * logged, because the commit itself has succeeded.
   */
  private void checkpoint(long version) {
    try {
      table().checkpoint(engine, version);
    } catch (CheckpointAlreadyExistsException done) {
      LOG.debug("{}: version {} already has a checkpoint", path, version);
    } catch (IOException | RuntimeException failed) {
      LOG.warn("{}: cannot write a checkpoint of version {}", path, version, failed);
    }
  }

  private TransactionBuilder transaction() {
    return table().createTransactionBuilder(engine, ENGINE, Operation.WRITE);
  }

  private Transaction begun(TransactionBuilder transaction) {
    try {
      return transaction.build(engine);
    } catch (ConcurrentTransactionException done) {
      throw done;
    } catch (KernelException unsupported) {
      throw new Failure(
          ErrorCode.LAKE_TABLE_UNFIT,
          "Table %s cannot be written: %s".formatted(path, Failure.reason(unsupported)),
          unsupported);
    }
  }

  private Table table() {
    return Table.forPath(engine, path);
  }

  /**
   * The log folder with its scheme, from which Kernel selects the log store; without a scheme,
   * Kernel would use the HDFS log store.
   */
  private String logFolder() throws IOException {
    Path folder = new Path(path, "_delta_log");
    return folder.getFileSystem(hadoop).makeQualified(folder).toString();
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
