package common.lake;

import java.util.List;
import java.util.Map;

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
   */
  public record DataFile(String path, Map<String, String> partition) {
    public DataFile {
      partition = Map.copyOf(partition);
    }
  }
}
