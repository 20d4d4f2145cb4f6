package common.secrets;

import common.ErrorCode;
import common.Failure;
import java.util.Map;

/** {@code {{env/NAME}}}: an environment variable of the driver. */
record EnvironmentSecrets(Map<String, String> environment) implements SecretStore {
  @Override
  public String read(String name) {
    String value = environment.get(name);
    if (value == null) {
      throw new Failure(ErrorCode.SECRET_REFERENCE_INVALID, "set the environment variable " + name);
    }

    return value;
  }
}
