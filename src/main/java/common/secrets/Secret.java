package common.secrets;

import java.io.Serializable;

/**
 * A secret, hidden wherever it might be printed.
 *
 * @param revealed the secret itself; empty if none is configured
 */
public record Secret(String revealed) implements Serializable {
  public boolean isEmpty() {
    return revealed.isEmpty();
  }

  @Override
  public String toString() {
    return isEmpty() ? "(none)" : "(hidden)";
  }
}
