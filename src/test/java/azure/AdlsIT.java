package azure;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import demo.LocalBroker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import testing.CommandLoop;
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
 * The lake under abfss:// with Hadoop's own driver, as conf/storage-*.conf configure it.
 *
 * <p>Azure's storage emulator has no hierarchical namespace, so the driver uses the blob protocol,
 * which it supports since Hadoop 3.4.
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
  private static CommandLoop commands;

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
    Map<String, String> environment = new HashMap<>(identities());
    environment.put("WRONG_KEY", key("another key"));
    commands = CommandLoop.start(shared, spark, trusting(), environment);
  }

  @AfterAll
  static void stopServers() {
    if (azurite != null) {
      commands.close();
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
      Path conf = conf("storage-account-key", "every-layer", azurite.port());
      Files.writeString(
          conf,
          "kafka.bootstrap-servers = \"%s\"%n".formatted(broker.address()),
          StandardOpenOption.APPEND);

      assertThat(done(conf, "ingest", "--from", "kafka", "--once"))
          .contains("200 events into the master");
      done(conf, "batch", "--view", "device_metrics");
      Pipeline.send(broker, events.subList(200, 240));
      assertThat(done(conf, "speed", "--view", "device_metrics", "--once"))
          .contains("read 240 records: 240 counted");
      assertThat(counts(conf)).isEqualTo(expected(events));

      Pipeline.send(broker, List.of(event("late", 0)));
      done(conf, "ingest", "--from", "kafka", "--once");
      assertThat(done(conf, "batch", "--view", "device_metrics", "--incremental"))
          .contains("touched by versions 2 to 2 of the master");
      done(conf, "maintain", "--view", "device_metrics");

      List<String> withLate = new ArrayList<>(events);
      withLate.add(event("late", 0));
      assertThat(counts(conf)).isEqualTo(expected(withLate));
      assertThat(done(conf, "serve-once", "/v1/views/device_metrics/rows"))
          .isEqualTo(done(conf, "query", "--view", "device_metrics", "--output", "csv"));
    }
  }

  @Test
  void aServicePrincipalAndAManagedIdentityAreLetInAndAWrongSecretIsOneLineWithoutIt()
      throws Exception {
    Path principal = conf("storage-service-principal", "principal", azurite.port());
    assertThat(done(principal, ingest())).contains("20 events into the master");
    assertThat(tokens.lastScope()).isEqualTo("https://storage.azure.com/");

    Path machine = conf("storage-managed-identity", "machine", azurite.port());
    Map<String, String> own = new HashMap<>(identities());
    own.remove("AZURE_CLIENT_ID");
    Commands.Result taken = submit(own, machine, ingest());
    assertThat(taken.out()).as(taken.err()).contains("20 events into the master");
    assertThat(tokens.lastIdentity()).isEqualTo("the machine's own");
    done(machine, "boundary", "--view", "device_metrics");
    assertThat(tokens.lastIdentity()).isEqualTo(TokenServer.CLIENT);

    Map<String, String> wrong = new HashMap<>(identities());
    wrong.put("AZURE_CLIENT_SECRET", "not-the-secret");
    assertThat(oneLine(submit(wrong, principal, ingest())))
        .contains("denies access to this job", "invalid_client")
        .doesNotContain("not-the-secret");
  }

  @Test
  void aWrongKeyAndAMissingContainerAreOneLineAndStorageThatAnswers503IsWaitedFor()
      throws Exception {
    Path conf = conf("storage-account-key", "busy", proxy.port());
    proxy.refuse(25, 503, "PUT", "");
    assertThat(done(conf, ingest())).contains("20 events into the master");
    assertThat(proxy.refused()).isEqualTo(25);
    proxy.refuse(3, 503, "PUT", ".json");
    done(conf, "batch", "--view", "device_metrics");
    assertThat(proxy.refused()).isEqualTo(3);
    assertThat(counts(conf)).isEqualTo(expected(events(20)));

    // Hadoop caches file systems by container, so the wrong key requires a separate container.
    Path wrong = conf("storage-account-key", "wrong", azurite.port());
    Files.writeString(
        wrong,
        "spark.hadoop.fs.azure.account.key = \"{{env/WRONG_KEY}}\"",
        StandardOpenOption.APPEND);
    for (String[] command :
        new String[][] {ingest(), {"status"}, {"runs", "--view", "device_metrics"}}) {
      assertThat(oneLine(run(wrong, command)))
          .contains("denies access to this job")
          .doesNotContain(key("another key"));
    }

    Path missing = conf("storage-account-key", "missing", azurite.port());
    for (List<String> command :
        List.of(List.of(ingest()), List.of("runs", "--view", "device_metrics"))) {
      List<String> line = new ArrayList<>(command);
      line.addAll(
          List.of("-D", "spark.hadoop.fs.azure.createRemoteFileSystemDuringInitialization=false"));
      assertThat(oneLine(run(missing, line.toArray(String[]::new))))
          .contains("The storage container does not exist");
    }
  }

  private String[] ingest() throws Exception {
    return new String[] {"ingest", "--from", file().toString()};
  }

  private Path file() throws Exception {
    return Files.write(folder.resolve("events.jsonl"), events(20));
  }

  private static String oneLine(Commands.Result result) {
    assertThat(result.exitCode()).as(result.err()).isEqualTo(1);
    assertThat(result.err().strip().lines()).as(result.err()).hasSize(1);
    return result.err();
  }

  private static String done(Path conf, String... command) throws Exception {
    Commands.Result result = run(conf, command);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out();
  }

  private static Commands.Result run(Path conf, String... command) throws Exception {
    return commands.run(with(conf, command));
  }

  /** Runs a command in a separate process, through spark-submit. */
  private Commands.Result submit(Map<String, String> environment, Path conf, String... command)
      throws Exception {
    Map<String, String> all = new HashMap<>(environment);
    all.put("SPARK_HOME", spark.folder().toString());
    all.put("SPARK_SUBMIT_OPTS", String.join(" ", trusting()));
    all.put(
        "SPARK_SUBMIT_OPTIONS",
        String.join(
            " --conf ",
            "--master local[2]",
            "spark.ui.enabled=false",
            "spark.sql.shuffle.partitions=2",
            "spark.databricks.delta.snapshotPartitions=2",
            "spark.sql.sources.parallelPartitionDiscovery.parallelism=2"));
    return new Commands(folder).start(all, with(conf, command)).end();
  }

  private static String[] with(Path conf, String... command) {
    List<String> line = new ArrayList<>(List.of(command));
    line.addAll(List.of("--conf", conf.toString()));
    return line.toArray(String[]::new);
  }

  /** Events per window of the unified view, by device and window start. */
  private static Map<String, Long> counts(Path conf) throws Exception {
    Map<String, Long> counts = new TreeMap<>();
    done(conf, "query", "--view", "device_metrics", "--output", "csv")
        .lines()
        .skip(1)
        .map(line -> line.split(",", -1))
        .forEach(
            row ->
                assertThat(counts.put(row[0] + " " + row[1], Long.parseLong(row[3])))
                    .as("one row per window")
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

  /** Events twenty seconds apart, across midnight. */
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

  /** Configures a separate container for each way to sign in. */
  private Path conf(String identity, String container, int port) throws Exception {
    return Files.writeString(
        folder.resolve(container + ".conf"),
        """
        include "%s"
        lake.root = "abfss://%s@%s.dfs.core.windows.net/lake"
        views.device_metrics.measures = [{ name = event_count, kind = count }, { name = avg_temperature, kind = average, of = temperature }]
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
                container,
                ACCOUNT,
                port,
                tokens.tokens(),
                tokens.identities()));
  }

  /** The environment variables that the files in conf/ refer to. */
  private static Map<String, String> identities() {
    return Map.of(
        "STORAGE_ACCOUNT_KEY",
        KEY,
        "AZURE_TENANT_ID",
        "a-tenant",
        "AZURE_CLIENT_ID",
        TokenServer.CLIENT,
        "AZURE_CLIENT_SECRET",
        TokenServer.SECRET);
  }

  private static List<String> trusting() throws Exception {
    return List.of(
        "-Djavax.net.ssl.trustStore=" + TestCertificate.trusted().store(),
        "-Djavax.net.ssl.trustStorePassword=" + TestCertificate.PASSWORD);
  }

  private static String key(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(UTF_8));
  }
}
