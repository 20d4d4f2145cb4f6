package serving.health;

import common.lake.TableFiles;
import common.settings.Thresholds;
import java.util.List;

/** Checks a table's size and its number of small files. */
record Files(Thresholds limits) {
  List<Finding> judge(String view, TableFiles files) {
    Limit limit = new Limit(view);
    String of = "%,d files, %,d of them below 32 MiB".formatted(files.number(), files.small());
    return List.of(
        limit.atMost(
            "size (MB)", files.bytes() / Limit.MEGABYTE, limits.tableSize() / Limit.MEGABYTE, of),
        limit.atMost("small-files", files.small(), limits.smallFiles(), of));
  }
}
