package common.lake;

import common.Failure;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Classifies storage errors. The abfss:// driver throws a {@link java.io.FileNotFoundException}
 * both for a missing container and for a missing path; the two cases differ only in the text of
 * Azure's response.
 *
 * <p>Source: Azure documentation, "Azure Data Lake Storage error codes" and "Blob service error
 * codes".
 */
public final class StorageErrors {
  /** The driver is recognised by name, because Databricks relocates it. */
  private static final String DRIVER = "org.apache.hadoop.fs.azurebfs.";

  /**
   * Matches the reason phrase, which is all that a response to HEAD contains, or the error code.
   * The phrase and the code are matched only at their fixed positions in the message, because a
   * path in the message may contain the same text.
   */
  private static final Pattern MISSING_CONTAINER =
      Pattern.compile(
          "^Operation failed: \"The specified (filesystem|container) does not exist\\b"
              + "|, (FilesystemNotFound|ContainerNotFound), \"");

  private StorageErrors() {}

  /** Whether the abfss:// driver threw the error or one of its causes. */
  public static boolean isOfDriver(Throwable error) {
    return ofDriver(error).findAny().isPresent();
  }

  /** Whether the container itself, not only a path in it, does not exist. */
  public static boolean isMissingContainer(Throwable error) {
    return ofDriver(error)
        .anyMatch(thrown -> MISSING_CONTAINER.matcher(String.valueOf(thrown.getMessage())).find());
  }

  /** Whether the operating system denied access to a local file or folder. */
  public static boolean isDeniedLocally(Throwable error) {
    Throwable root = Failure.root(error);
    return root instanceof AccessDeniedException
        || (root instanceof IOException
            && String.valueOf(root.getMessage()).contains("Permission denied"));
  }

  private static Stream<Throwable> ofDriver(Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
        .filter(thrown -> thrown.getClass().getName().contains(DRIVER));
  }
}
