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

  public ExitCode exitCode() {
    return exitCode;
  }
}
