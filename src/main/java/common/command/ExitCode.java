package common.command;

/** What a command tells its caller, the same for every command. */
enum ExitCode {
  DONE(0),
  FAILED(1),
  USAGE(2);

  private final int code;

  ExitCode(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }
}
