package common.secrets;

import common.Failure;

/** A store from which secrets are read by name. */
interface SecretStore {
  /**
   * Looks up a secret.
   *
   * @param path the part of a reference after the store's name
   * @throws Failure if the secret is missing or access is denied; the message names the remedy
   */
  String read(String path);
}
