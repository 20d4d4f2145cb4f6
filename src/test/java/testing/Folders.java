package testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Copies and deletes folders. Lakes and topics are folders, so tests can build one and copy it. */
public final class Folders {
  private Folders() {}

  public static void delete(Path folder) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(folder)) {
      all = found.sorted(Comparator.reverseOrder()).toList();
    }

    for (Path one : all) {
      Files.delete(one);
    }
  }

  /** Preserves the files' times because Delta uses them as commit times. */
  static void copy(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> found = Files.walk(from)) {
      all = found.toList();
    }

    for (Path one : all) {
      Path target = to.resolve(from.relativize(one));
      if (Files.isDirectory(one)) {
        Files.createDirectories(target);
      } else {
        Files.copy(one, target, StandardCopyOption.COPY_ATTRIBUTES);
      }
    }
  }
}
