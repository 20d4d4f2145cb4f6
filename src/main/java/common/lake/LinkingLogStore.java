package common.lake;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/**
 * Writes the commits of Delta tables in local folders, for Spark and Delta Kernel. A commit is
 * written to a hidden file first, and a hard link gives it its name: the operating system creates a
 * link only if the name is free, so of several processes that commit the same version one succeeds.
 * Delta's own store looks for the name and then renames, which lets two processes that do so at the
 * same time overwrite each other's commit, and it starts four child processes for each commit to
 * read symbolic links.
 *
 * <p>On a file system without hard links, it looks and renames too.
 */
public final class LinkingLogStore extends HadoopFileSystemLogStore {
  /** Called by Delta, as the log store of the scheme {@code file}. */
  public LinkingLogStore(Configuration hadoop) {
    super(hadoop);
  }

  /**
   * Writes one action per line.
   *
   * @throws FileAlreadyExistsException if the file exists and may not be overwritten
   */
  @Override
  public void write(Path path, Iterator<String> actions, Boolean overwrite, Configuration hadoop)
      throws IOException {
    java.nio.file.Path target = java.nio.file.Path.of(path.toUri().getPath());
    java.nio.file.Path hidden =
        target.resolveSibling("." + path.getName() + "." + UUID.randomUUID() + ".tmp");
    try {
      try (BufferedWriter lines = Files.newBufferedWriter(hidden)) {
        while (actions.hasNext()) {
          lines.write(actions.next());
          lines.write('\n');
        }
      }

      if (overwrite) {
        // Hadoop's checksum of a file that another store has written would not fit the new one.
        Files.deleteIfExists(target.resolveSibling("." + path.getName() + ".crc"));
        Files.move(hidden, target, StandardCopyOption.ATOMIC_MOVE);
      } else {
        name(hidden, target);
      }
    } finally {
      Files.deleteIfExists(hidden);
    }
  }

  private static void name(java.nio.file.Path hidden, java.nio.file.Path target)
      throws IOException {
    try {
      Files.createLink(target, hidden);
    } catch (FileAlreadyExistsException | NoSuchFileException failed) {
      throw failed;
    } catch (UnsupportedOperationException | FileSystemException noLinks) {
      Files.move(hidden, target);
    }
  }

  /** A commit becomes visible as a whole. */
  @Override
  public Boolean isPartialWriteVisible(Path path, Configuration hadoop) {
    return false;
  }
}
