package common.lake;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The local file system without child processes for what Spark and Delta do with each file.
 * Hadoop's own starts a {@code chmod} for each file that it creates if its native library is
 * missing, as it is from Spark's jars, and a {@code readlink} for each name that a rename through
 * {@code FileContext} involves.
 */
public final class LocalFiles extends LocalFileSystem {
  /** Called by Hadoop, as {@code fs.file.impl}. */
  public LocalFiles() {
    super(new Raw());
  }

  /** The same without checksum files. */
  static final class Raw extends RawLocalFileSystem {
    private static final boolean UNIX =
        FileSystems.getDefault().supportedFileAttributeViews().contains("unix");
    private static final int SPECIAL_BITS = 07000;

    @Override
    public void setPermission(Path path, FsPermission permission) throws IOException {
      java.nio.file.Path file = pathToFile(path).toPath();
      if (!UNIX || permission.getStickyBit() || hasSpecialBits(file)) {
        super.setPermission(path, permission);
        return;
      }

      String symbols =
          permission.getUserAction().SYMBOL
              + permission.getGroupAction().SYMBOL
              + permission.getOtherAction().SYMBOL;
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(symbols));
    }

    /** Such as the group inheritance of a shared folder, which Java's permissions do not have. */
    private static boolean hasSpecialBits(java.nio.file.Path file) throws IOException {
      try {
        return ((int) Files.getAttribute(file, "unix:mode") & SPECIAL_BITS) != 0;
      } catch (NoSuchFileException missing) {
        throw new FileNotFoundException(missing.getMessage());
      }
    }

    @Override
    public FileStatus getFileLinkStatus(Path path) throws IOException {
      return Files.isSymbolicLink(pathToFile(path).toPath())
          ? super.getFileLinkStatus(path)
          : getFileStatus(path);
    }
  }
}
