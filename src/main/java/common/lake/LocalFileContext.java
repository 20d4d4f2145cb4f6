package common.lake;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.ChecksumFs;
import org.apache.hadoop.fs.DelegateToFileSystem;
import org.apache.hadoop.fs.FsConstants;

/** {@link LocalFiles} for Hadoop's {@code FileContext}, which writes streaming checkpoints. */
public final class LocalFileContext extends ChecksumFs {
  /** Called by Hadoop, as {@code fs.AbstractFileSystem.file.impl}. */
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

    /** None. */
    @Override
    public int getUriDefaultPort() {
      return -1;
    }

    /** Any name that the operating system takes. */
    @Override
    public boolean isValidName(String name) {
      return true;
    }
  }
}
