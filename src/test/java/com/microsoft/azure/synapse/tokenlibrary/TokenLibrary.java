package com.microsoft.azure.synapse.tokenlibrary;

/**
 * Stands in for the class that Synapse puts on a job's class path: the name of the class and the
 * parameters of the method are the same.
 */
public final class TokenLibrary {
  private TokenLibrary() {}

  public static String getSecret(String vault, String name, String linkedService) {
    if (name.equals("none")) {
      throw new IllegalStateException("Secret not found");
    }

    return "%s of %s by %s".formatted(name, vault, linkedService);
  }
}
