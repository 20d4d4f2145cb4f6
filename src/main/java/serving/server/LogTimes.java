package serving.server;

import common.lake.Lake;
import common.lake.LakeTable;
import common.lake.ViewTables;
import common.metrics.View;
import common.settings.StorageUri;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The times at which the log folders of a view's tables were last modified. As long as the times
 * stay the same, nothing has been committed, and the logs need not be read again.
 *
 * @param times one per table; empty for a table that does not exist
 * @param certain whether any later commit is certain to change a time; after a very recent change,
 *     the resolution of the file system's timestamps may hide a commit
 */
record LogTimes(List<Optional<Instant>> times, boolean certain) {
  private static final Duration RESOLUTION = Duration.ofMillis(100);

  /**
   * Reads the times; empty for a lake in other storage, whose folders may have no modification
   * times.
   */
  static Optional<LogTimes> of(Lake lake, View view) {
    if (!StorageUri.isLocal(lake.root())) {
      return Optional.empty();
    }

    Instant now = Instant.now();
    ViewTables tables = lake.of(view);
    List<Optional<Instant>> times =
        Stream.of(tables.speed(), lake.boundary(), tables.batch()).map(LogTimes::time).toList();
    boolean certain =
        times.stream()
            .flatMap(Optional::stream)
            .allMatch(time -> time.isBefore(now.minus(RESOLUTION)));
    return Optional.of(new LogTimes(times, certain));
  }

  /** Whether nothing was committed since an earlier reading. */
  boolean same(LogTimes earlier) {
    return earlier.certain && earlier.times.equals(times);
  }

  private static Optional<Instant> time(LakeTable table) {
    String folder = new org.apache.hadoop.fs.Path(table.path()).toUri().getPath();
    try {
      return Optional.of(Files.getLastModifiedTime(Path.of(folder, "_delta_log")).toInstant());
    } catch (NoSuchFileException absent) {
      return Optional.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
