package common.secrets;

import common.Failure;

/** A store of secrets, which are read by name. */
interface SecretStore {
  /**
   * Looks a secret up.
   *
   * @param path what follows the store's name in a reference
   * @throws Failure saying what is missing or not allowed, and what to do
   */
  String read(String path);
}
