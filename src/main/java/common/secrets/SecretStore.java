package common.secrets;

import common.Failure;

/** A place that keeps secrets by name. */
interface SecretStore {
  /**
   * Looks a secret up.
   *
   * @param path what stands behind the store's name in a reference
   * @throws Failure saying what is missing or not allowed, and what to do
   */
  String read(String path);
}
