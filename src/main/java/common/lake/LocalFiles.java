package common.lake;

import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/**
 * The local file system, without the child processes that Hadoop's own implementation starts for
 * common operations of Spark and Delta: a {@code chmod} for each file that it creates, because
 * Spark's jars do not include Hadoop's native library, and a {@code readlink} for each name in a
 * rename through {@code FileContext}. An unreachable path raises an error instead of being treated
 * as missing.
 */
public final class LocalFiles extends LocalFileSystem {
  /** Called by Hadoop, which creates the class that {@code fs.file.impl} names. */
  public LocalFiles() {
    super(new Raw());
  }

  /** The same file system, without checksum files. */
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

    /**
     * Whether a file has mode bits that Java's permissions lack, such as setgid on a shared folder.
     */
    private static boolean hasSpecialBits(java.nio.file.Path file) throws IOException {
      try {
        return ((int) Files.getAttribute(file, "unix:mode") & SPECIAL_BITS) != 0;
      } catch (NoSuchFileException missing) {
        throw new FileNotFoundException(missing.getMessage());
      }
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
      try {
        return super.getFileStatus(path);
      } catch (FileNotFoundException missing) {
        requireReachable(path);
        throw missing;
      }
    }

    @Override
    public FileStatus[] listStatus(Path path) throws IOException {
      try {
        return super.listStatus(path);
      } catch (FileNotFoundException missing) {
        requireReachable(path);
        throw missing;
      }
    }

    /** Hadoop's own implementation reports that a folder was not created, but not why. */
    @Override
    protected boolean mkOneDirWithMode(Path path, File folder, FsPermission permission)
        throws IOException {
      if (!super.mkOneDirWithMode(path, folder, permission)) {
        Files.createDirectories(folder.toPath());
      }

      return true;
    }

    /**
     * Fails for a path that cannot be reached. Hadoop relies on {@code java.io.File}, which does
     * not distinguish a missing file from a file in an inaccessible folder or a path that continues
     * below a regular file.
     */
    private void requireReachable(Path path) throws IOException {
      try {
        Files.readAttributes(pathToFile(path).toPath(), BasicFileAttributes.class);
      } catch (NoSuchFileException missing) {
        // The caller reports a missing file.
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
