package common.settings;

import common.ErrorCode;
import common.Failure;
import java.util.regex.Pattern;

/** Decides which locations are URIs, and which storage URIs are supported. */
public final class StorageUri {
  /**
   * A single letter would be a Windows drive; without the slash, a file name with a colon would
   * match.
   */
  private static final Pattern URI = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  private static final Pattern UNSUPPORTED = Pattern.compile("(?i)wasbs?:.*");

  private StorageUri() {}

  /** Whether a location is a URI rather than a local path. */
  public static boolean isUri(String location) {
    return URI.matcher(location).matches();
  }

  /** Whether a location is a folder on this machine's disks. */
  public static boolean isLocal(String location) {
    return !isUri(location) || location.startsWith("file:");
  }

  /**
   * Fails fast on a URI whose driver would retry for minutes before reporting an error.
   *
   * @param name the key or option that sets the location
   * @throws Failure when the scheme is not supported
   */
  public static String requireSupported(String name, String location) {
    if (UNSUPPORTED.matcher(location).matches()) {
      throw new Failure(
          ErrorCode.STORAGE_UNSUPPORTED,
          "Invalid value '%s' for %s: expected abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/FOLDER, which replaces wasb://"
              .formatted(location, name));
    }

    return location;
  }
}
