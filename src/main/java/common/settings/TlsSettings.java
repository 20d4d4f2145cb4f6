package common.settings;

import common.secrets.Secret;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The section {@code serve.tls}.
 *
 * @param keyStore file with the private key and its certificates
 * @param password of the file and of the key
 */
public record TlsSettings(Path keyStore, Secret password) {

  /** Reads the section; empty if no key store is configured. */
  static Optional<TlsSettings> read(Section tls) {
    String file = tls.optionalText("key-store");
    return file.isBlank()
        ? Optional.empty()
        : Optional.of(new TlsSettings(Path.of(file).toAbsolutePath(), tls.secret("password")));
  }
}
