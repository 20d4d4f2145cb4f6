package azure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Commands;
import testing.DistinctListing;
import testing.FaultyProxy;
import testing.NodeServer;
import testing.Pipeline;
import testing.Records;
import testing.SparkHome;
import testing.TestCertificate;
import testing.TokenServer;

/**
 * The lake under abfss://, with Hadoop's own driver, as conf/storage-*.conf configure it.
 *
 * <p>Azure's storage emulator has no hierarchical namespace: the driver speaks the blob protocol to
 * it, which it does from Hadoop 3.4 on.
 */
class AdlsIT {
  private static final String ACCOUNT = "lakeaccount";
  private static final String KEY = key("the account's key");
  private static final Instant START = Instant.parse("2026-01-30T23:30:00Z");

  @TempDir private static Path shared;
  private static SparkHome spark;
  private static NodeServer azurite;
  private static FaultyProxy proxy;
  private static TokenServer tokens;

  @TempDir private Path folder;

  @BeforeAll
  static void startServers() throws Exception {
    TestCertificate certificate = TestCertificate.trusted();
    azurite =
        NodeServer.start(
            "azurite.js",
            certificate.certificatePem().toString(),
            certificate.keyPem().toString(),
            ACCOUNT,
            KEY);
    proxy = FaultyProxy.before(azurite.port());
    tokens = TokenServer.start();
    spark = SparkHome.in(shared.resolve("spark"), SparkHome.HADOOP_3_4);
    String driver = DistinctListing.class.getName().replace('.', '/') + ".class";
    Path added = spark.conf().resolve(driver);
    Files.createDirectories(added.getParent());
    Files.copy(Path.of("target/test-classes", driver), added);
  }

  @AfterAll
  static void stopServers() {
    if (azurite != null) {
      tokens.close();
      proxy.close();
      azurite.close();
    }
  }

  @Test
  void withTheAccountKeyEveryLayerIsKeptInTheStorageAccount() throws Exception {
    List<String> events = events(240);
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"), LocalBroker.freePort())) {
      broker.createTopic("events", 1);
      Pipeline.send(broker, events.subList(0, 200));
      Map<String, String> environment = new HashMap<>(environment("every-layer"));
      environment.put("KAFKA_BOOTSTRAP_SERVERS", broker.address());
      Path conf = conf("storage-account-key", azurite.port());

      assertThat(done(environment, conf, "ingest", "--from", "kafka", "--once"))
          .contains("200 events into the master");
      done(environment, conf, "batch", "--view", "device_metrics");
      Pipeline.send(broker, events.subList(200, 240));
      assertThat(done(environment, conf, "speed", "--view", "device_metrics", "--once"))
          .contains("read 240 records: 240 counted");
      assertThat(counts(environment, conf)).isEqualTo(expected(events));

      Pipeline.send(broker, List.of(event("late", 0)));
      done(environment, conf, "ingest", "--from", "kafka", "--once");
      assertThat(done(environment, conf, "batch", "--view", "device_metrics", "--incremental"))
          .contains("touched by versions 2 to 2 of the master");
      done(environment, conf, "maintain");

      List<String> withLate = new ArrayList<>(events);
      withLate.add(event("late", 0));
      assertThat(counts(environment, conf)).isEqualTo(expected(withLate));
    }
  }

  @Test
  void aServicePrincipalAndAManagedIdentityAreLetInAndAWrongSecretIsOneLineWithoutIt()
      throws Exception {
    Path principal = conf("storage-service-principal", azurite.port());
    assertThat(ingest(environment("principal"), principal)).contains("20 events into the master");
    assertThat(tokens.lastScope()).isEqualTo("https://storage.azure.com/");

    Path machine = conf("storage-managed-identity", azurite.port());
    Map<String, String> own = new HashMap<>(environment("machine"));
    own.remove("AZURE_CLIENT_ID");
    assertThat(ingest(own, machine)).contains("20 events into the master");
    assertThat(tokens.lastIdentity()).isEqualTo("the machine's own");
    done(environment("machine"), machine, "boundary", "--view", "device_metrics");
    assertThat(tokens.lastIdentity()).isEqualTo(TokenServer.CLIENT);

    Map<String, String> wrong = new HashMap<>(environment("principal"));
    wrong.put("AZURE_CLIENT_SECRET", "not-the-secret");
    assertThat(refused(wrong, principal, ingest()))
        .contains("does not let this job in", "invalid_client")
        .doesNotContain("not-the-secret");
  }

  @Test
  void aWrongKeyAndAMissingContainerAreOneLineAndStorageThatAnswers503IsWaitedFor()
      throws Exception {
    Map<String, String> environment = environment("busy");
    Path conf = conf("storage-account-key", proxy.port());
    proxy.refuse(25, 503, "PUT", "");
    assertThat(ingest(environment, conf)).contains("20 events into the master");
    assertThat(proxy.refused()).isEqualTo(25);
    proxy.refuse(3, 503, "PUT", ".json");
    done(environment, conf, "batch", "--view", "device_metrics");
    assertThat(proxy.refused()).isEqualTo(3);
    assertThat(counts(environment, conf)).isEqualTo(expected(events(20)));

    Map<String, String> wrong = new HashMap<>(environment);
    wrong.put("STORAGE_ACCOUNT_KEY", key("another key"));
    for (String[] command :
        new String[][] {ingest(), {"status"}, {"runs", "--view", "device_metrics"}}) {
      assertThat(refused(wrong, conf, command))
          .contains("does not let this job in")
          .doesNotContain(key("another key"));
    }

    Map<String, String> missing = new HashMap<>(environment);
    missing.put("LAKE_ROOT", "abfss://missing@%s.dfs.core.windows.net/".formatted(ACCOUNT));
    String[][] onMissing = {ingest(), {"runs", "--view", "device_metrics"}};
    for (String[] command : onMissing) {
      List<String> line = new ArrayList<>(List.of(command));
      line.add("-Dspark.hadoop.fs.azure.createRemoteFileSystemDuringInitialization=false");
      assertThat(refused(missing, conf, line.toArray(String[]::new)))
          .contains("The storage container does not exist");
    }
  }

  private String ingest(Map<String, String> environment, Path conf) throws Exception {
    return done(environment, conf, ingest());
  }

  private String[] ingest() throws Exception {
    return new String[] {"ingest", "--from", file().toString()};
  }

  private Path file() throws Exception {
    return Files.write(folder.resolve("events.jsonl"), events(20));
  }

  private String refused(Map<String, String> environment, Path conf, String... command)
      throws Exception {
    Commands.Result result = run(environment, conf, command);
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    return result.err();
  }

  private String done(Map<String, String> environment, Path conf, String... command)
      throws Exception {
    Commands.Result result = run(environment, conf, command);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private Commands.Result run(Map<String, String> environment, Path conf, String... command)
      throws Exception {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--conf", conf.toString()));
    return new Commands(folder).start(environment, line.toArray(String[]::new)).end();
  }

  /** Events a window of the unified view, by device and start of the window. */
  private Map<String, Long> counts(Map<String, String> environment, Path conf) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    done(environment, conf, "query", "--view", "device_metrics", "--output", "csv")
        .lines()
        .skip(1)
        .map(line -> line.split(",", -1))
        .forEach(
            row ->
                assertThat(counts.put(row[0] + " " + row[1], Long.parseLong(row[3])))
                    .as("one row a window")
                    .isNull());
    return counts;
  }

  private static Map<String, Long> expected(List<String> events) {
    Map<String, Long> counts = new TreeMap<>();
    for (String event : events) {
      String device = event.replaceFirst(".*\"deviceId\":\"([^\"]*)\".*", "$1");
      Instant time = Instant.parse(event.replaceFirst(".*\"eventTimestamp\":\"([^\"]*)\".*", "$1"));
      counts.merge(device + " " + time.truncatedTo(ChronoUnit.MINUTES), 1L, Long::sum);
    }

    return counts;
  }

  /** Twenty seconds apart, over midnight. */
  private static List<String> events(int count) {
    List<String> events = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      events.add(event("e" + i, i));
    }

    return events;
  }

  private static String event(String id, int number) {
    return Records.event(id, "d" + number % 3, START.plusSeconds(20L * number).toString(), 20);
  }

  private Path conf(String identity, int port) throws Exception {
    return Files.writeString(
        folder.resolve(identity + port + ".conf"),
        """
        include "%s"
        spark.hadoop.fs {
          abfss.impl = testing.DistinctListing
          azure {
            abfs.endpoint = "127.0.0.1:%d"
            account.hns.enabled = false
            fns.account.service.type = BLOB
            createRemoteFileSystemDuringInitialization = true
            ssl.channel.mode = Default_JSSE
            io.retry.max.retries = 30
            io.retry.min.backoff.interval = 20
            io.retry.backoff.interval = 20
            io.retry.max.backoff.interval = 200
            account.oauth2.client.endpoint = "%s"
            account.oauth2.msi.endpoint = "%s"
          }
        }
        """
            .formatted(
                Path.of("conf", identity + ".conf").toAbsolutePath(),
                port,
                tokens.tokens(),
                tokens.identities()));
  }

  private Map<String, String> environment(String container) {
    return Map.of(
        "SPARK_HOME",
        spark.folder().toString(),
        "SPARK_SUBMIT_OPTS",
        "-Djavax.net.ssl.trustStore=%s -Djavax.net.ssl.trustStorePassword=%s"
            .formatted(store(), TestCertificate.PASSWORD),
        "SPARK_SUBMIT_OPTIONS",
        String.join(
            " --conf ",
            "--master local[2]",
            "spark.ui.enabled=false",
            "spark.sql.shuffle.partitions=2",
            "spark.databricks.delta.snapshotPartitions=2",
            "spark.sql.sources.parallelPartitionDiscovery.parallelism=2"),
        "LAKE_ROOT",
        "abfss://%s@%s.dfs.core.windows.net/lake".formatted(container, ACCOUNT),
        "STORAGE_ACCOUNT_KEY",
        KEY,
        "AZURE_TENANT_ID",
        "a-tenant",
        "AZURE_CLIENT_ID",
        TokenServer.CLIENT,
        "AZURE_CLIENT_SECRET",
        TokenServer.SECRET);
  }

  private static Path store() {
    try {
      return TestCertificate.trusted().store();
    } catch (Exception impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static String key(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
