package common.lake;

import io.delta.kernel.data.ColumnarBatch;
import io.delta.kernel.defaults.engine.DefaultEngine;
import io.delta.kernel.defaults.engine.DefaultParquetHandler;
import io.delta.kernel.defaults.internal.parquet.ParquetFileReader.BatchReadSupport;
import io.delta.kernel.engine.ParquetHandler;
import io.delta.kernel.expressions.Predicate;
import io.delta.kernel.types.StructType;
import io.delta.kernel.utils.CloseableIterator;
import io.delta.kernel.utils.FileStatus;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetReader;

/**
 * Delta Kernel over Hadoop's file systems, for the driver of any cluster. Kernel's default engine
 * reads Parquet through one of Kernel's classes in a Parquet package, which accesses
 * package-private members. On a cluster, Parquet and a job's jar have different class loaders, and
 * the JVM denies that access. This engine uses Parquet's public reader instead.
 */
final class DriverEngine extends DefaultEngine {
  private final ParquetHandler parquet;

  DriverEngine(Configuration hadoop) {
    super(hadoop);
    this.parquet = new PublicParquet(hadoop);
  }

  @Override
  public ParquetHandler getParquetHandler() {
    return parquet;
  }

  private static final class PublicParquet extends DefaultParquetHandler {
    private final Configuration hadoop;

    PublicParquet(Configuration hadoop) {
      super(hadoop);
      this.hadoop = hadoop;
    }

    /** Ignores the predicate, which is a hint: callers filter rows themselves. */
    @Override
    public CloseableIterator<ColumnarBatch> readParquetFiles(
        CloseableIterator<FileStatus> files, StructType columns, Optional<Predicate> predicate) {
      return new Batches(hadoop, files, columns);
    }
  }

  /** The rows of the files in batches, one file after another. */
  private static final class Batches implements CloseableIterator<ColumnarBatch> {
    private static final int ROWS = 1024;

    private final Configuration hadoop;
    private final CloseableIterator<FileStatus> files;
    private final StructType columns;
    private BatchReadSupport rows;
    private ParquetReader<Object> file;
    private ColumnarBatch next;

    Batches(Configuration hadoop, CloseableIterator<FileStatus> files, StructType columns) {
      this.hadoop = hadoop;
      this.files = files;
      this.columns = columns;
    }

    @Override
    public boolean hasNext() {
      try {
        while (next == null && (file != null || files.hasNext())) {
          if (file == null) {
            rows = new BatchReadSupport(ROWS, columns);
            file =
                ParquetReader.builder(rows, new Path(files.next().getPath()))
                    .withConf(hadoop)
                    .build();
          }

          read();
        }
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }

      return next != null;
    }

    private void read() throws IOException {
      int read = 0;
      while (read < ROWS && file.read() != null) {
        rows.finalizeCurrentRow(-1);
        read++;
      }

      if (read > 0) {
        next = rows.getDataAsColumnarBatch(read);
      }

      if (read < ROWS) {
        file.close();
        file = null;
      }
    }

    @Override
    public ColumnarBatch next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }

      ColumnarBatch batch = next;
      next = null;
      return batch;
    }

    @Override
    public void close() throws IOException {
      files.close();
      if (file != null) {
        file.close();
      }
    }
  }
}
