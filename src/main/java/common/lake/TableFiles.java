package common.lake;

/**
 * The data files of a Delta table's newest version.
 *
 * @param number number of files
 * @param small number of files below 32 MiB, which cost more to open than to read
 * @param bytes total size of the files
 */
public record TableFiles(long number, long small, long bytes) {
  static final TableFiles NONE = new TableFiles(0, 0, 0);

  private static final long SMALL = 32L << 20;

  TableFiles with(long size) {
    return new TableFiles(number + 1, size < SMALL ? small + 1 : small, bytes + size);
  }
}
