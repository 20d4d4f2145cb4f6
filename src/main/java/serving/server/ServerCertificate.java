package serving.server;

import common.ErrorCode;
import common.Failure;
import common.settings.TlsSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.UnrecoverableKeyException;
import java.util.Collections;
import org.eclipse.jetty.util.ssl.KeyStoreScanner;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The key store with the server's certificate, which is read again when the file changes. */
final class ServerCertificate {
  private static final Logger LOG = LoggerFactory.getLogger(ServerCertificate.class);
  private static final int SCAN_SECONDS = 60;

  private final TlsSettings settings;
  private final SslContextFactory.Server tls = new SslContextFactory.Server();

  /**
   * Opens the key store.
   *
   * @throws Failure when it cannot be read, or has no private key
   */
  ServerCertificate(TlsSettings settings) {
    this.settings = settings;
    KeyStore store = open();
    tls.setKeyStorePath(settings.keyStore().toUri().toString());
    tls.setKeyStoreType(store.getType());
    tls.setKeyStorePassword(settings.password().revealed());
    tls.setIncludeProtocols("TLSv1.3", "TLSv1.2");
    tls.setRenegotiationAllowed(false);
  }

  SslContextFactory.Server tls() {
    return tls;
  }

  /**
   * Reloads the file after each change; if the new file cannot be used, the previous certificate
   * stays in use.
   */
  KeyStoreScanner scanner() {
    KeyStoreScanner scanner =
        new KeyStoreScanner(tls) {
          @Override
          public void reload() {
            try {
              open();
              super.reload();
            } catch (Failure unfit) {
              LOG.error("The previous certificate remains in use: {}", unfit.getMessage());
            }
          }
        };
    scanner.setScanInterval(SCAN_SECONDS);
    return scanner;
  }

  private KeyStore open() {
    if (!Files.isRegularFile(settings.keyStore()) || !Files.isReadable(settings.keyStore())) {
      throw invalid("no such file, or it may not be read", null);
    }

    char[] password = settings.password().revealed().toCharArray();
    try {
      KeyStore store = KeyStore.getInstance(settings.keyStore().toFile(), password);
      for (String alias : Collections.list(store.aliases())) {
        if (store.isKeyEntry(alias)) {
          store.getKey(alias, password);
          return store;
        }
      }
    } catch (UnrecoverableKeyException wrong) {
      throw invalid("serve.tls.password is not the password of its key", wrong);
    } catch (IOException failed) {
      throw failed.getCause() instanceof UnrecoverableKeyException
          ? invalid("serve.tls.password is not its password", failed)
          : invalid("it is not a PKCS #12 or JKS file, or it is damaged", failed);
    } catch (GeneralSecurityException unknown) {
      throw invalid("it is not a PKCS #12 or JKS file, or it is damaged", unknown);
    }

    throw invalid("it has no private key", null);
  }

  private Failure invalid(String reason, Exception cause) {
    return new Failure(
        ErrorCode.CONFIG_INVALID,
        "Cannot use serve.tls.key-store %s: %s".formatted(settings.keyStore(), reason),
        cause);
  }
}
