package common.lake;

import io.delta.storage.HadoopFileSystemLogStore;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.StandardCopyOption;
import java.util.Iterator;
import java.util.Set;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(LinkingLogStore.class);

  /** How Linux and macOS say that a file system has no hard links. */
  private static final Set<String> NO_LINKS =
      Set.of("Operation not permitted", "Operation not supported", "Function not implemented");

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

      // Hadoop's checksum of an earlier file of that name would not fit the new one.
      Files.deleteIfExists(target.resolveSibling("." + path.getName() + ".crc"));
      if (overwrite) {
        Files.move(hidden, target, StandardCopyOption.ATOMIC_MOVE);
      } else {
        name(hidden, target);
      }
    } finally {
      discard(hidden);
    }
  }

  /** What a commit leaves behind must not turn it into a failure. */
  private static void discard(java.nio.file.Path hidden) {
    try {
      Files.deleteIfExists(hidden);
    } catch (IOException kept) {
      LOG.warn("{} was left behind: {}", hidden, kept.getMessage());
    }
  }

  private static void name(java.nio.file.Path hidden, java.nio.file.Path target)
      throws IOException {
    try {
      Files.createLink(target, hidden);
    } catch (UnsupportedOperationException | FileSystemException failed) {
      if (failed instanceof FileSystemException known
          && !NO_LINKS.contains(String.valueOf(known.getReason()))) {
        throw known;
      }

      Files.move(hidden, target);
    }
  }

  /**
   * About files that others write in a log's folder, such as checkpoints: they are visible while
   * they are written, so Delta writes them under another name first.
   */
  @Override
  public Boolean isPartialWriteVisible(Path path, Configuration hadoop) {
    return true;
  }
}
