package testing;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.NameCallback;
import javax.security.auth.login.AppConfigurationEntry;
import org.apache.kafka.common.security.auth.AuthenticateCallbackHandler;
import org.apache.kafka.common.security.plain.PlainAuthenticateCallback;

/** The passwords that a broker in this JVM accepts; passwords can change while the broker runs. */
public final class BrokerPasswords implements AuthenticateCallbackHandler {
  private static final Map<String, String> ACCEPTED = new ConcurrentHashMap<>();

  /** Sets a user's only accepted password. */
  public static void accept(String user, String password) {
    ACCEPTED.put(user, password);
  }

  @Override
  public void configure(
      Map<String, ?> configs, String mechanism, List<AppConfigurationEntry> entries) {}

  @Override
  public void handle(Callback[] callbacks) {
    String user = null;
    for (Callback callback : callbacks) {
      if (callback instanceof NameCallback name) {
        user = name.getDefaultName();
      } else if (callback instanceof PlainAuthenticateCallback password) {
        password.authenticated(
            user != null && String.valueOf(password.password()).equals(ACCEPTED.get(user)));
      }
    }
  }

  @Override
  public void close() {}
}
