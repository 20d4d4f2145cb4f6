package common.lake;

import common.ErrorCode;
import common.Failure;
import io.delta.kernel.Scan;
import io.delta.kernel.Table;
import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.data.FilteredColumnarBatch;
import io.delta.kernel.data.Row;
import io.delta.kernel.engine.Engine;
import io.delta.kernel.exceptions.KernelException;
import io.delta.kernel.expressions.Column;
import io.delta.kernel.expressions.Literal;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.internal.InternalScanFileUtils;
import io.delta.kernel.internal.SnapshotImpl;
import io.delta.kernel.internal.data.ScanStateRow;
import io.delta.kernel.internal.util.Utils;
import io.delta.kernel.types.StringType;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.types.DataType;

/**
 * The log of a Delta table, read on the driver by Delta Kernel, without a Spark job or session.
 * Each call sees the newest commit.
 *
 * <p>Kernel 3.2 exposes id, properties and scan files only through classes in its {@code internal}
 * packages. The deployable jar bundles and relocates exactly that version, so that no cluster can
 * substitute another.
 */
final class TableLog {
  private static final StructType USER_METADATA =
      new StructType()
          .add("commitInfo", new StructType().add("userMetadata", StringType.STRING, true), true);

  private final String path;
  private final Configuration hadoop;
  private final Engine engine;

  TableLog(String path, Configuration hadoop) {
    this.path = path;
    this.hadoop = hadoop;
    this.engine = new DriverEngine(hadoop);
  }

  /**
   * The state as of the newest commit.
   *
   * @throws Failure when the table has a feature that Kernel cannot read
   */
  TableState state() {
    return state(snapshot());
  }

  /**
   * The rows of one partition of a small table, as Spark rows that carry their schema.
   *
   * @param column partition column, a string
   */
  List<org.apache.spark.sql.Row> partition(String column, String value) {
    return rows(files(snapshot(), column, value));
  }

  /**
   * The files of one partition as of one commit.
   *
   * @param scanState Kernel's scan state, which is needed to read the files
   * @param files Kernel's scan file rows
   * @param schema schema of the table
   */
  record PartitionFiles(
      Row scanState, List<Row> files, org.apache.spark.sql.types.StructType schema) {}

  PartitionFiles files(SnapshotImpl snapshot, String column, String value) {
    Predicate wanted = new Predicate("=", new Column(column), Literal.ofString(value));
    Scan scan = snapshot.getScanBuilder(engine).withFilter(engine, wanted).build();
    List<Row> files = new ArrayList<>();
    try (CloseableIterator<Row> found = rows(scan.getScanFiles(engine))) {
      found.forEachRemaining(files::add);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    return new PartitionFiles(scan.getScanState(engine), files, state(snapshot).schema());
  }

  /** The partitions that have the given value in a partition column, from the current files. */
  Set<Map<String, String>> partitions(String column, String value) {
    return files(snapshot(), column, value).files().stream()
        .map(InternalScanFileUtils::getPartitionValues)
        .collect(Collectors.toSet());
  }

  /** Number and size of the table's current files. */
  TableFiles files() {
    Scan scan = snapshot().getScanBuilder(engine).build();
    TableFiles all = TableFiles.NONE;
    try (CloseableIterator<Row> found = rows(scan.getScanFiles(engine))) {
      while (found.hasNext()) {
        all = all.with(InternalScanFileUtils.getAddFileStatus(found.next()).getSize());
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    return all;
  }

  /** The table as of its newest commit, with the files that make it up. */
  TableSnapshot withFiles() {
    SnapshotImpl snapshot = snapshot();
    List<TableSnapshot.DataFile> files = new ArrayList<>();
    Scan scan = snapshot.getScanBuilder(engine).build();
    try (CloseableIterator<Row> found = rows(scan.getScanFiles(engine))) {
      found.forEachRemaining(
          file -> {
            FileStatus status = InternalScanFileUtils.getAddFileStatus(file);
            files.add(
                new TableSnapshot.DataFile(
                    status.getPath(),
                    InternalScanFileUtils.getPartitionValues(file),
                    Instant.ofEpochMilli(status.getModificationTime())));
          });
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    return new TableSnapshot(state(snapshot), files);
  }

  List<org.apache.spark.sql.Row> rows(PartitionFiles partition) {
    List<org.apache.spark.sql.Row> rows = new ArrayList<>();
    for (Row file : partition.files()) {
      try (CloseableIterator<Row> read = read(partition.scanState(), file)) {
        read.forEachRemaining(row -> rows.add(RowConversion.toSpark(row, partition.schema())));
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }

    return rows;
  }

  /**
   * The user metadata of the commits that have any, by version.
   *
   * @param after only commits with a higher version
   * @param upTo only commits up to and including this version; commits that the log no longer holds
   *     are omitted
   */
  Map<Long, String> userMetadata(long after, long upTo) {
    Map<Long, String> found = new TreeMap<>();
    for (org.apache.hadoop.fs.FileStatus commit : commits(after, upTo)) {
      String name = commit.getPath().getName();
      userMetadata(commit)
          .ifPresent(
              metadata -> found.put(Long.valueOf(name.substring(0, name.indexOf('.'))), metadata));
    }

    return found;
  }

  /** The name of a commit's file in the folder of the log. */
  static String commitName(long version) {
    return "%020d.json".formatted(version);
  }

  /** Whether the log still holds a commit; costs one small storage request. */
  boolean has(long version) {
    Path commit = new Path(path, "_delta_log/" + commitName(version));
    try {
      return commit.getFileSystem(hadoop).exists(commit);
    } catch (IOException unreachable) {
      throw new UncheckedIOException(unreachable);
    }
  }

  private List<org.apache.hadoop.fs.FileStatus> commits(long after, long upTo) {
    if (after >= upTo) {
      return List.of();
    }

    Path log = new Path(path, "_delta_log");
    String first = commitName(after + 1);
    String last = commitName(upTo);
    try {
      return Arrays.stream(log.getFileSystem(hadoop).listStatus(log))
          .filter(file -> file.getPath().getName().matches("\\d{20}\\.json"))
          .filter(file -> file.getPath().getName().compareTo(first) >= 0)
          .filter(file -> file.getPath().getName().compareTo(last) <= 0)
          .toList();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private Optional<String> userMetadata(org.apache.hadoop.fs.FileStatus commit) {
    FileStatus file =
        FileStatus.of(commit.getPath().toString(), commit.getLen(), commit.getModificationTime());
    try (CloseableIterator<ColumnarBatch> batches =
        engine
            .getJsonHandler()
            .readJsonFiles(
                Utils.singletonCloseableIterator(file), USER_METADATA, Optional.empty())) {
      while (batches.hasNext()) {
        try (CloseableIterator<Row> actions = batches.next().getRows()) {
          while (actions.hasNext()) {
            Row action = actions.next();
            if (!action.isNullAt(0) && !action.getStruct(0).isNullAt(0)) {
              return Optional.of(action.getStruct(0).getString(0));
            }
          }
        }
      }

      return Optional.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The version of an application's last transaction; empty if there is none. */
  Optional<Long> lastTransaction(String application) {
    return snapshot().getLatestTransactionVersion(application);
  }

  /** The table as of its newest commit. */
  SnapshotImpl snapshot() {
    try {
      return (SnapshotImpl) Table.forPath(engine, path).getLatestSnapshot(engine);
    } catch (KernelException unreadable) {
      throw new Failure(
          ErrorCode.LAKE_TABLE_UNFIT,
          "Table %s cannot be read: %s".formatted(path, Failure.reason(unreadable)),
          unreadable);
    }
  }

  private TableState state(SnapshotImpl snapshot) {
    return new TableState(
        snapshot.getVersion(engine),
        snapshot.getMetadata().getId(),
        (org.apache.spark.sql.types.StructType)
            DataType.fromJson(snapshot.getMetadata().getSchemaString()),
        snapshot.getMetadata().getConfiguration(),
        snapshot.getProtocol().getMinReaderVersion());
  }

  private CloseableIterator<Row> read(Row scanState, Row file) throws IOException {
    StructType columns = ScanStateRow.getPhysicalDataReadSchema(engine, scanState);
    FileStatus data = InternalScanFileUtils.getAddFileStatus(file);
    return rows(
        Scan.transformPhysicalData(
            engine,
            scanState,
            file,
            engine
                .getParquetHandler()
                .readParquetFiles(
                    Utils.singletonCloseableIterator(data), columns, Optional.empty())));
  }

  private static CloseableIterator<Row> rows(CloseableIterator<FilteredColumnarBatch> batches) {
    return new CloseableIterator<>() {
      private CloseableIterator<Row> batch = Utils.toCloseableIterator(List.<Row>of().iterator());

      @Override
      public boolean hasNext() {
        while (!batch.hasNext() && batches.hasNext()) {
          batch = batches.next().getRows();
        }

        return batch.hasNext();
      }

      @Override
      public Row next() {
        return batch.next();
      }

      @Override
      public void close() {
        Utils.closeCloseables(batch, batches);
      }
    };
  }
}
