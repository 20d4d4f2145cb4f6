package azure;

import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.BrokerPasswords;
import testing.Commands;
import testing.InProcess;
import testing.Pipeline;
import testing.Records;
import testing.TestCertificate;
import testing.TokenServer;

/**
 * The two configurations in conf/ for authentication to the Event Hubs Kafka endpoint, against a
 * real broker with the same requirements: SASL over TLS, either with a connection string as the
 * password or with a service principal's token.
 */
class SecuredKafkaIT {
  private static final String USER = "$ConnectionString";
  private static final String KEY = "Endpoint=sb://namespace/;SharedAccessKey=c2VjcmV0";
  private static final String OTHER_KEY = "Endpoint=sb://namespace/;SharedAccessKey=b3RoZXI=";

  @TempDir private Path folder;
  private Commands commands;
  private TokenServer tokens;
  private LocalBroker broker;
  private int port;

  @BeforeEach
  void start() throws Exception {
    commands = new Commands(folder);
    tokens = TokenServer.start();
    port = LocalBroker.freePort();
    broker = LocalBroker.start(folder.resolve("broker"), LocalBroker.freePort(), secured());
    broker.createTopic("events", 1);
    BrokerPasswords.accept(USER, KEY);
    send("1", "10:00:10");
  }

  @AfterEach
  void stop() {
    broker.close();
    tokens.close();
  }

  @Test
  void aConnectionStringIsTakenAndAWrongOneIsOneLineWithoutIt() throws Exception {
    Commands.Result refused = speed("azure.conf", OTHER_KEY, "--once").end();
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err().strip().lines()).as(refused.err()).hasSize(1);
    assertThat(refused.err()).contains("Kafka refused the credentials").doesNotContain("b3RoZXI=");

    Commands.Result taken = speed("azure.conf", KEY, "--once").end();
    assertThat(taken.out()).as(taken.err()).contains("read 1 records: 1 counted");
  }

  @Test
  void aRevokedConnectionStringStopsTheJobAndTheNextGoesOnWhereItStopped() throws Exception {
    Commands.Running running = speed("azure.conf", KEY, "-D", "speed.delta.trigger=1 second");
    running.awaitError("batch 0 of 1 records");
    BrokerPasswords.accept(USER, OTHER_KEY);
    send("2", "10:00:20");
    Commands.Result stopped = running.end();
    assertThat(stopped.exitCode()).isEqualTo(1);
    assertThat(stopped.err()).contains("Kafka refused the credentials").doesNotContain("c2VjcmV0");

    Commands.Result next = speed("azure.conf", OTHER_KEY, "--once").end();

    assertThat(next.out()).as(next.err()).contains("read 1 records: 1 counted");
    assertThat(query()).contains("d,2026-01-31T10:00:00Z,2026-01-31T10:01:00Z,2,");
  }

  @Test
  void aTokenOfTheIdentityPlatformIsTakenAndAWrongSecretIsOneLineWithoutIt() throws Exception {
    Commands.Result refused = speed("azure-entra.conf", "not-the-secret", "--once").end();
    assertThat(refused.exitCode()).isEqualTo(1);
    assertThat(refused.err().strip().lines()).as(refused.err()).hasSize(1);
    assertThat(refused.err())
        .contains(
            "Cannot create a Kafka client from kafka.options", "correct them, or the credentials")
        .doesNotContain("not-the-secret");

    Commands.Result taken = speed("azure-entra.conf", TokenServer.SECRET, "--once").end();
    assertThat(taken.out()).as(taken.err()).contains("read 1 records: 1 counted");
    assertThat(tokens.lastScope()).isEqualTo("https://namespace.servicebus.windows.net/.default");
  }

  private Map<String, String> secured() throws Exception {
    TestCertificate certificate = TestCertificate.trusted();
    String listener = "listener.name.sasl_ssl.";
    Map<String, String> more = new HashMap<>();
    more.put("listeners", "SASL_SSL://127.0.0.1:" + port);
    more.put("advertised.listeners", "SASL_SSL://localhost:" + port);
    more.put("listener.security.protocol.map", "SASL_SSL:SASL_SSL");
    more.put("sasl.enabled.mechanisms", "PLAIN,OAUTHBEARER");
    more.put("ssl.keystore.location", certificate.store().toString());
    more.put("ssl.keystore.type", "PKCS12");
    more.put("ssl.keystore.password", TestCertificate.PASSWORD);
    more.put("ssl.key.password", TestCertificate.PASSWORD);
    more.put(
        listener + "plain.sasl.jaas.config",
        "org.apache.kafka.common.security.plain.PlainLoginModule required;");
    more.put(
        listener + "plain.sasl.server.callback.handler.class", BrokerPasswords.class.getName());
    more.put(listener + "plain.connections.max.reauth.ms", "2000");
    more.put(
        listener + "oauthbearer.sasl.jaas.config",
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required;");
    more.put(
        listener + "oauthbearer.sasl.server.callback.handler.class",
        "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerValidatorCallbackHandler");
    more.put(listener + "oauthbearer.sasl.oauthbearer.jwks.endpoint.url", tokens.keys());
    more.put(
        listener + "oauthbearer.sasl.oauthbearer.expected.audience",
        "https://namespace.servicebus.windows.net");
    return more;
  }

  private Commands.Running speed(String conf, String secret, String... more) throws Exception {
    Path trusting =
        Files.writeString(
            folder.resolve("trusting-" + conf),
            """
            include "%s"
            kafka.options {
              ssl.truststore.location = "%s"
              ssl.truststore.type = PKCS12
              ssl.truststore.password = "{{env/TRUST_PASSWORD}}"
            }
            """
                .formatted(
                    Path.of("conf", conf).toAbsolutePath(), TestCertificate.trusted().store()));
    List<String> line =
        new ArrayList<>(
            List.of("speed", "--view", "device_metrics", "--conf", trusting.toString()));
    line.addAll(List.of(more));
    if (conf.equals("azure-entra.conf")) {
      line.addAll(
          List.of("-D", "kafka.options.sasl.oauthbearer.token.endpoint.url=" + tokens.tokens()));
    }

    return commands.start(environment(secret), line.toArray(String[]::new));
  }

  private Map<String, String> environment(String secret) {
    return Map.of(
        "LAKE_ROOT",
        folder.resolve("lake").toString(),
        "KAFKA_BOOTSTRAP_SERVERS",
        "localhost:" + port,
        "EVENT_HUBS_CONNECTION_STRING",
        secret,
        "EVENT_HUBS_NAMESPACE",
        "namespace",
        "AZURE_TENANT_ID",
        "a-tenant",
        "AZURE_CLIENT_ID",
        TokenServer.CLIENT,
        "AZURE_CLIENT_SECRET",
        secret,
        "TRUST_PASSWORD",
        TestCertificate.PASSWORD);
  }

  private String query() throws Exception {
    return InProcess.run(
            "query",
            "--view",
            "device_metrics",
            "--output",
            "csv",
            "-D",
            "lake.root=" + folder.resolve("lake"))
        .out();
  }

  private void send(String id, String time) throws Exception {
    Pipeline.send(broker, List.of(Records.event(id, "d", "2026-01-31T%sZ".formatted(time), 20)));
  }
}
