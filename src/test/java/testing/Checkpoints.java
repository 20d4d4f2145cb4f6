package testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/** Surgery on the checkpoint of a stream. */
public final class Checkpoints {
  private Checkpoints() {}

  /**
   * Leaves the checkpoint as a kill does after a micro-batch is written and before it is committed.
   */
  public static void removeLastCommit(Path checkpoint) throws IOException {
    try (Stream<Path> commits = Files.list(checkpoint.resolve("commits"))) {
      Path last =
          commits
              .filter(file -> file.getFileName().toString().matches("\\d+"))
              .max(Comparator.comparingInt(file -> Integer.parseInt(file.getFileName().toString())))
              .orElseThrow();
      Files.delete(last);
      Files.deleteIfExists(last.resolveSibling("." + last.getFileName() + ".crc"));
    }
  }
}
