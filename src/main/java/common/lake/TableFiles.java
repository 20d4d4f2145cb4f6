package common.lake;

/**
 * The data files of a Delta table's newest version.
 *
 * @param number of all files
 * @param small number of those below 32 MiB, for which reading costs more than the data
 * @param bytes size of all files
 */
public record TableFiles(long number, long small, long bytes) {
  static final TableFiles NONE = new TableFiles(0, 0, 0);

  private static final long SMALL = 32L << 20;

  TableFiles with(long size) {
    return new TableFiles(number + 1, size < SMALL ? small + 1 : small, bytes + size);
  }
}
