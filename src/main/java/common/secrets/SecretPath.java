package common.secrets;

import common.ErrorCode;
import common.Failure;

/** The path of a reference to a store with several containers: vault or scope, and secret name. */
record SecretPath(String container, String name) {
  static SecretPath of(String path, String expected) {
    int slash = path.indexOf('/');
    if (slash < 1 || slash == path.length() - 1) {
      throw new Failure(ErrorCode.SECRET_REFERENCE_INVALID, "expected " + expected);
    }

    return new SecretPath(path.substring(0, slash), path.substring(slash + 1));
  }
}
