package common.secrets;

import common.ErrorCode;
import common.Failure;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;

/**
 * {@code {{databricks/SCOPE/KEY}}}: a secret scope of the workspace that the job runs in, read
 * through the dbutils that Databricks puts on the class path of every job.
 */
final class DatabricksSecrets implements SecretStore {
  private static final String HOLDER = "com.databricks.dbutils_v1.DBUtilsHolder";

  @Override
  public String read(String path) {
    SecretPath wanted = SecretPath.of(path, "{{databricks/SCOPE/KEY}}");
    try {
      Object dbutils = Class.forName(HOLDER).getMethod("dbutils").invoke(null);
      Object secrets = accessible(dbutils, "secrets").invoke(dbutils);
      Method get = accessible(secrets, "get", String.class, String.class);
      return (String) get.invoke(secrets, wanted.container(), wanted.name());
    } catch (InvocationTargetException refused) {
      // Databricks throws an IllegalArgumentException for a scope or key that does not exist.
      throw new Failure(
          ErrorCode.SECRET_NOT_FOUND,
          "scope %s has no key %s, or the job may not read it"
              .formatted(wanted.container(), wanted.name()),
          refused);
    } catch (ReflectiveOperationException elsewhere) {
      throw new Failure(
          ErrorCode.SECRET_STORE_UNAVAILABLE,
          "secret scopes can be read only in a Databricks job",
          elsewhere);
    }
  }

  /** The methods are public, but their classes might not be. */
  private static Method accessible(Object of, String name, Class<?>... parameters)
      throws NoSuchMethodException {
    Method method = of.getClass().getMethod(name, parameters);
    method.setAccessible(true);
    return method;
  }
}
