package common;

/**
 * A failure that a user can act on: its message is one line that says what is wrong and what to do.
 */
public final class Failure extends RuntimeException {
  private final ErrorCode code;

  public Failure(ErrorCode code, String message) {
    this(code, message, null);
  }

  public Failure(ErrorCode code, String message, Throwable cause) {
    super(message, cause);
    this.code = code;
  }

  /** The same failure, reported as part of something larger. */
  public Failure within(String what) {
    return new Failure(code, what + ": " + getMessage(), this);
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

  public ErrorCode code() {
    return code;
  }

  /** The message and the code, as a command reports them. */
  public String line() {
    return "%s [%s]".formatted(getMessage(), code);
  }
}
