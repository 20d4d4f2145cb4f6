package serving.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.secrets.Secret;
import common.session.Session;
import common.settings.TlsSettings;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.util.ssl.KeyStoreScanner;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.InProcess;
import testing.LayeredRows;
import testing.RawHttp;
import testing.TestCertificate;
import testing.TestLake;

class TlsIT {
  @TempDir private Path folder;
  private Path keyStore;
  private LakeServer server;

  @BeforeEach
  void copyKeyStore() throws Exception {
    keyStore = Files.copy(TestCertificate.trusted().store(), folder.resolve("store.p12"));
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
  }

  @Test
  void theServerAnswersOverHttpsOnly() throws Exception {
    // The password reference names an environment variable, so the value of that variable becomes
    // the store's password.
    Path store = withPasswordOfPath();
    TestLake lake =
        new TestLake(
            folder.resolve("lake"),
            Map.of("serve.tls.key-store", store.toString(), "serve.tls.password", "{{env/PATH}}"));
    LayeredRows rows = new LayeredRows(lake).create();
    rows.batch(rows.row("a", "10:00", 1));
    server = LakeServer.start(Session.running(lake.spark()), lake.settings(), "0.0.0.0", 0);
    String address = "https://localhost:" + server.port();

    assertThat(query(address)).contains("1 rows)");
    assertThat(get(address).headers().firstValue("Strict-Transport-Security"))
        .as("it would affect other ports of this machine")
        .isEmpty();
    assertThat(RawHttp.send(server.port(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n").head())
        .doesNotContain("200");
    assertThat(
            InProcess.run(
                    "query",
                    "--view",
                    "device_metrics",
                    "--server",
                    "https://127.0.0.2:" + server.port())
                .err())
        .contains("No secure connection to https://127.0.0.2", "trustStore", "SERVER_UNREACHABLE")
        .hasLineCount(1);
    assertThat(query(address)).contains("1 rows)");
  }

  @Test
  void browsersOfOtherMachinesAreToldToUseHttpsOnly() throws Exception {
    assertThat(SecurityHeaders.of(true, "lake.example"))
        .containsEntry("Strict-Transport-Security", "max-age=31536000");
    assertThat(SecurityHeaders.of(false, "lake.example"))
        .doesNotContainKey("Strict-Transport-Security");
    assertThat(SecurityHeaders.of(true, "LOCALHOST"))
        .doesNotContainKey("Strict-Transport-Security");
  }

  @Test
  void oldProtocolsAreNotOffered() throws Exception {
    ServerCertificate certificate = certificate(keyStore);
    certificate.tls().start();

    assertThat(certificate.tls().getSelectedProtocols())
        .containsExactlyInAnyOrder("TLSv1.3", "TLSv1.2");
  }

  @Test
  void aKeyStoreThatCannotBeUsedIsNamed() throws Exception {
    assertThatThrownBy(() -> certificate(folder.resolve("none.p12")))
        .hasMessage(
            "Cannot use serve.tls.key-store %s: no such file, or it may not be read",
            folder.resolve("none.p12"));
    assertThatThrownBy(
            () -> new ServerCertificate(new TlsSettings(keyStore, new Secret("not the password"))))
        .isInstanceOf(Failure.class)
        .hasMessageEndingWith("store.p12: serve.tls.password is not its password")
        .hasMessageNotContaining("not the password\"");
    assertThatThrownBy(() -> certificate(Files.writeString(folder.resolve("text"), "no store")))
        .hasMessageEndingWith("it is not a PKCS #12 or JKS file, or it is damaged");
    KeyStore empty = KeyStore.getInstance("PKCS12");
    empty.load(null, null);
    assertThatThrownBy(() -> certificate(store(empty, TestCertificate.PASSWORD)))
        .hasMessageEndingWith("it has no private key");
  }

  @Test
  void aRenewedCertificateIsLoadedAndADamagedFileIsNot() throws Exception {
    ServerCertificate certificate = certificate(keyStore);
    certificate.tls().start();
    SSLContext first = certificate.tls().getSslContext();
    KeyStoreScanner scanner = certificate.scanner();
    byte[] good = Files.readAllBytes(keyStore);

    Files.writeString(keyStore, "damaged");
    scanner.reload();
    assertThat(certificate.tls().getSslContext()).isSameAs(first);

    Files.write(keyStore, good);
    scanner.reload();
    assertThat(certificate.tls().getSslContext()).isNotNull().isNotSameAs(first);
  }

  private static ServerCertificate certificate(Path file) {
    return new ServerCertificate(new TlsSettings(file, new Secret(TestCertificate.PASSWORD)));
  }

  private Path withPasswordOfPath() throws Exception {
    char[] old = TestCertificate.PASSWORD.toCharArray();
    KeyStore from = KeyStore.getInstance(keyStore.toFile(), old);
    String alias = from.aliases().nextElement();
    KeyStore to = KeyStore.getInstance("PKCS12");
    to.load(null, null);
    to.setKeyEntry(
        alias,
        from.getKey(alias, old),
        System.getenv("PATH").toCharArray(),
        from.getCertificateChain(alias));
    return store(to, System.getenv("PATH"));
  }

  private Path store(KeyStore keys, String password) throws Exception {
    Path file = folder.resolve("other.p12");
    try (OutputStream out = Files.newOutputStream(file)) {
      keys.store(out, password.toCharArray());
    }

    return file;
  }

  private static String query(String address) throws Exception {
    return InProcess.done("query", "--view", "device_metrics", "--server", address);
  }

  private static HttpResponse<String> get(String address) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create(address)).build(),
            HttpResponse.BodyHandlers.ofString());
  }
}
