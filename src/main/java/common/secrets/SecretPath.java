package common.secrets;

import common.ErrorCode;
import common.Failure;

/**
 * What a reference to a store of several containers names: vault or scope, and the secret in it.
 */
record SecretPath(String container, String name) {
  static SecretPath of(String path, String expected) {
    int slash = path.indexOf('/');
    if (slash < 1 || slash == path.length() - 1) {
      throw new Failure(ErrorCode.SECRET_REFERENCE_INVALID, "expected " + expected);
    }

    return new SecretPath(path.substring(0, slash), path.substring(slash + 1));
  }
}
