package common.lake;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;

/** A table as of one commit, with the files that make it up, for engines that read Parquet. */
public record TableSnapshot(TableState state, List<DataFile> files) {
  public TableSnapshot {
    files = List.copyOf(files);
  }

  /**
   * A Parquet file. It contains the table's columns except the partition columns.
   *
   * @param path full URI or path
   * @param partition values of the partition columns, as text
   * @param modifiedAt when it was written
   */
  public record DataFile(String path, Map<String, String> partition, Instant modifiedAt) {
    public DataFile {
      partition = Map.copyOf(partition);
    }

    /** The path without scheme and authority: for a local file, its path on this machine. */
    public String localPath() {
      return new Path(path).toUri().getPath();
    }
  }
}
