package com.databricks.dbutils_v1;

/** Stands in for the class that Databricks puts on a job's class path: same names, same errors. */
public final class DBUtilsHolder {
  private DBUtilsHolder() {}

  public static DbUtils dbutils() {
    return new DbUtils();
  }

  /** Not public because the real implementation class is not public either. */
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
