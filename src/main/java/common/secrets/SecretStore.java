package common.secrets;

import common.Failure;

/** A store from which secrets are read by name. */
interface SecretStore {
  /**
   * Looks up a secret.
   *
   * @param path the part of a reference after the store's name
   * @throws Failure saying what is missing or not allowed, and what to do
   */
  String read(String path);
}
