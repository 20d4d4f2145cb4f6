package common;

/**
 * A failure that a user can act on: its message is one line that says what is wrong and what to do.
 */
public final class Failure extends RuntimeException {
  private final ExitCode exitCode;

  /** What was asked for could not be done. */
  public Failure(String message) {
    this(ExitCode.FAILED, message, null);
  }

  public Failure(String message, Throwable cause) {
    this(ExitCode.FAILED, message, cause);
  }

  private Failure(ExitCode exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** What was asked for is wrong: an option, a name or the configuration. */
  public static Failure usage(String message) {
    return new Failure(ExitCode.USAGE, message, null);
  }

  /** The same failure, told as part of something larger. */
  public Failure within(String what) {
    return new Failure(exitCode, what + ": " + getMessage(), this);
  }

  /** The first cause of an error, which tells best what is wrong. */
  public static Throwable root(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }

    return root;
  }

  /** What the first cause says, in one line: some put a whole stack trace into a message. */
  public static String reason(Throwable error) {
    return String.valueOf(root(error).getMessage()).lines().findFirst().orElse("no message");
  }

  public ExitCode exitCode() {
    return exitCode;
  }
}
