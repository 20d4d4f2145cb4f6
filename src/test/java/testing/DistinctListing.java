package testing;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.azurebfs.SecureAzureBlobFileSystem;
import org.apache.hadoop.util.functional.RemoteIterators;

/**
 * An abfss:// driver that lists each folder once; Azure's storage emulator lists a folder twice, as
 * a blob and as the prefix of other blobs.
 */
public final class DistinctListing extends SecureAzureBlobFileSystem {
  @Override
  public FileStatus[] listStatus(Path folder) throws IOException {
    Map<Path, FileStatus> distinct = new LinkedHashMap<>();
    Arrays.stream(super.listStatus(folder))
        .forEach(status -> distinct.putIfAbsent(status.getPath(), status));
    return distinct.values().toArray(FileStatus[]::new);
  }

  @Override
  public RemoteIterator<FileStatus> listStatusIterator(Path folder) throws IOException {
    return RemoteIterators.remoteIteratorFromArray(listStatus(folder));
  }
}
