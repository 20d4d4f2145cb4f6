package serving.health;

import common.lake.TableFiles;
import common.settings.Thresholds;
import java.util.List;

/** Checks a table's size and its number of small files. */
record Files(Thresholds limits) {
  private static final long MEGABYTE = 1_000_000;

  List<Finding> judge(String view, TableFiles files) {
    Limit limit = new Limit(view);
    String of = "%,d files, %,d of them below 32 MiB".formatted(files.number(), files.small());
    return List.of(
        limit.atMost("size (MB)", files.bytes() / MEGABYTE, limits.tableSize() / MEGABYTE, of),
        limit.atMost("small-files", files.small(), limits.smallFiles(), of));
  }
}
