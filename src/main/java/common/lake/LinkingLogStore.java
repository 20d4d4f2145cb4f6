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
 * first written to a hidden file; then a hard link to that file is created with the commit's name.
 * The operating system creates the link only if no file of that name exists, so if several
 * processes commit the same version, exactly one of them succeeds. Delta's own log store checks
 * whether the file exists and then renames: if two processes do this at the same time, one
 * overwrites the other's commit. It also starts four child processes for each commit, to read
 * symbolic links.
 *
 * <p>On a file system without hard links, this class also checks and then renames.
 */
public final class LinkingLogStore extends HadoopFileSystemLogStore {
  private static final Logger LOG = LoggerFactory.getLogger(LinkingLogStore.class);

  /** Messages with which Linux and macOS report that a file system does not support hard links. */
  private static final Set<String> NO_LINKS =
      Set.of("Operation not permitted", "Operation not supported", "Function not implemented");

  /** Called by Delta, which creates the log store of the scheme {@code file}. */
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

      // A checksum that Hadoop wrote for an earlier file of this name would not match the new one.
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

  /** Deletes the hidden file; a failure to do so does not affect the commit. */
  private static void discard(java.nio.file.Path hidden) {
    try {
      Files.deleteIfExists(hidden);
    } catch (IOException kept) {
      LOG.warn("Cannot delete the temporary file {}: {}", hidden, kept.getMessage());
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
   * Whether readers can see a file in the log's folder, such as a checkpoint, while Delta is
   * writing it. Because they can, Delta writes such files under a temporary name first.
   */
  @Override
  public Boolean isPartialWriteVisible(Path path, Configuration hadoop) {
    return true;
  }
}
