package testing;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * A certificate for servers on this machine, generated once per JVM. From then on, the JVM trusts
 * only this certificate.
 */
public final class TestCertificate {
  public static final String PASSWORD = "changeit";

  private static final String ALIAS = "test";
  private static TestCertificate made;

  private final Path folder;
  private final KeyStore keys;
  private final SSLContext context;

  private TestCertificate(Path folder) throws Exception {
    this.folder = folder;
    keytool();
    this.keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store())) {
      keys.load(in, PASSWORD.toCharArray());
    }

    this.context = context();
    writePem("cert.pem", "CERTIFICATE", keys.getCertificate(ALIAS).getEncoded());
    writePem("key.pem", "PRIVATE KEY", keys.getKey(ALIAS, PASSWORD.toCharArray()).getEncoded());
  }

  /** Generates the certificate on the first call. */
  public static synchronized TestCertificate trusted() throws Exception {
    if (made == null) {
      made = new TestCertificate(Files.createTempDirectory("certificate"));
      System.setProperty("javax.net.ssl.trustStore", made.store().toString());
      System.setProperty("javax.net.ssl.trustStorePassword", PASSWORD);
      SSLContext.setDefault(made.context);
    }

    return made;
  }

  /** A PKCS #12 store of key and certificate, which also serves as a trust store. */
  public Path store() {
    return folder.resolve("store.p12");
  }

  public Path certificatePem() {
    return folder.resolve("cert.pem");
  }

  public Path keyPem() {
    return folder.resolve("key.pem");
  }

  /** The TLS context for servers and clients in this JVM. */
  public SSLContext tls() {
    return context;
  }

  private void keytool() throws IOException, InterruptedException {
    String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    Process process =
        new ProcessBuilder(
                List.of(
                    keytool,
                    "-genkeypair",
                    "-alias",
                    ALIAS,
                    "-keyalg",
                    "RSA",
                    "-keysize",
                    "2048",
                    "-validity",
                    "30",
                    "-storetype",
                    "PKCS12",
                    "-keystore",
                    store().toString(),
                    "-storepass",
                    PASSWORD,
                    "-dname",
                    "CN=localhost",
                    "-ext",
                    "san=dns:localhost,ip:127.0.0.1"))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes());
    if (process.waitFor() != 0) {
      throw new IOException("keytool: " + said);
    }
  }

  private SSLContext context() throws GeneralSecurityException {
    KeyManagerFactory own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(keys, PASSWORD.toCharArray());
    TrustManagerFactory trust =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(keys);
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return tls;
  }

  private void writePem(String file, String type, byte[] content) throws IOException {
    String text = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    Files.writeString(
        folder.resolve(file),
        "-----BEGIN %1$s-----%n%2$s%n-----END %1$s-----%n".formatted(type, text));
  }
}
