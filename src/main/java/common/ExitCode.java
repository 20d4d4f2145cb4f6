package common;

/** The exit codes, the same for every command. */
public enum ExitCode {
  DONE(0),
  FAILED(1),
  USAGE(2);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  public int code() {
    return code;
  }
}
