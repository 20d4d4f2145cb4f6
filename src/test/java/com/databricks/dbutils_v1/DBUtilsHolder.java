package com.databricks.dbutils_v1;

/** Stands in for what Databricks puts on the class path of a job: same names, same errors. */
public final class DBUtilsHolder {
  private DBUtilsHolder() {}

  public static DbUtils dbutils() {
    return new DbUtils();
  }

  /** Not public, as the class behind the real one is not. */
  static final class DbUtils {
    public ScopedSecrets secrets() {
      return new ScopedSecrets();
    }
  }

  static final class ScopedSecrets {
    public String get(String scope, String key) {
      if (key.equals("none")) {
        throw new IllegalArgumentException("Secret does not exist with scope and key");
      }

      return key + " of " + scope;
    }
  }
}
