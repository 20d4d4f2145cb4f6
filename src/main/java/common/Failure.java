package common;

/**
 * A failure that a user can act on. The message is one line that states the problem and the remedy.
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

  /** The same failure, with its context in front of the message. */
  public Failure within(String what) {
    return new Failure(code, what + ": " + getMessage(), this);
  }

  /** The root cause of an error, which is usually the most specific. */
  public static Throwable root(Throwable error) {
    Throwable root = error;
    while (root.getCause() != null) {
      root = root.getCause();
    }

    return root;
  }

  /** The first line of the root cause's message: some messages contain a whole stack trace. */
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
