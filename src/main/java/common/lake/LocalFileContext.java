package common.lake;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFs;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FsConstants;

/**
 * The counterpart of {@link LocalFiles} for Hadoop's {@code FileContext}, which writes checkpoints.
 */
public final class LocalFileContext extends ChecksumFs {
  /**
   * Called by Hadoop, which creates the class that {@code fs.AbstractFileSystem.file.impl} names.
   */
  public LocalFileContext(URI ignored, Configuration hadoop)
      throws IOException, URISyntaxException {
    super(new Raw(hadoop));
  }

  private static final class Raw extends DelegateToFileSystem {
    Raw(Configuration hadoop) throws IOException, URISyntaxException {
      super(
          FsConstants.LOCAL_FS_URI,
          new LocalFiles.Raw(),
          hadoop,
          FsConstants.LOCAL_FS_URI.getScheme(),
          false);
    }

    /** The local file system has no port. */
    @Override
    public int getUriDefaultPort() {
      return -1;
    }

    /** Accepts every name: the operating system rejects invalid ones. */
    @Override
    public boolean isValidName(String name) {
      return true;
    }
  }
}
