package demo;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import scala.Option;

/**
 * A real Kafka broker (KRaft, one node) inside this JVM, on a loopback port, for the demo and
 * tests.
 */
public final class LocalBroker implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final String address;
  private final KafkaRaftServer server;

  private LocalBroker(String address, KafkaRaftServer server) {
    this.address = address;
    this.server = server;
  }

  /** Starts a broker that keeps its log in the folder, reusing an existing log. */
  public static LocalBroker start(Path folder, int port) throws IOException {
    return start(folder, port, Map.of());
  }

  /**
   * Starts a broker with additional settings; if this class already sets a setting, such as
   * listeners, the given value is appended to the existing value after a comma.
   *
   * @param more additional settings by Kafka property name
   */
  public static LocalBroker start(Path folder, int port, Map<String, String> more)
      throws IOException {
    // The operating system may offer the same port twice.
    int controllerPort = freePort();
    while (controllerPort == port) {
      controllerPort = freePort();
    }

    Files.createDirectories(folder);
    Path identity = folder.resolve("meta.properties");
    if (Files.notExists(identity)) {
      Files.writeString(
          identity, "version=1%nnode.id=1%ncluster.id=%s%n".formatted(Uuid.randomUuid()));
    }

    Properties properties = new Properties();
    properties.putAll(
        Map.ofEntries(
            Map.entry("process.roles", "broker,controller"),
            Map.entry("node.id", "1"),
            Map.entry("controller.quorum.voters", "1@%s:%d".formatted(HOST, controllerPort)),
            Map.entry(
                "listeners",
                "PLAINTEXT://%1$s:%2$d,CONTROLLER://%1$s:%3$d"
                    .formatted(HOST, port, controllerPort)),
            Map.entry("advertised.listeners", "PLAINTEXT://%s:%d".formatted(HOST, port)),
            Map.entry("inter.broker.listener.name", "PLAINTEXT"),
            Map.entry("controller.listener.names", "CONTROLLER"),
            Map.entry("listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"),
            Map.entry("log.dirs", folder.toString()),
            Map.entry("offsets.topic.replication.factor", "1"),
            Map.entry("transaction.state.log.replication.factor", "1"),
            Map.entry("transaction.state.log.min.isr", "1"),
            Map.entry("group.initial.rebalance.delay.ms", "0")));
    more.forEach((name, value) -> properties.merge(name, value, (one, other) -> one + "," + other));
    KafkaRaftServer server =
        new KafkaRaftServer(new KafkaConfig(properties), Time.SYSTEM, Option.empty());
    server.startup();
    return new LocalBroker(HOST + ":" + port, server);
  }

  /** A port that was free when checked. */
  public static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  /** The value of {@code bootstrap.servers} for clients. */
  public String address() {
    return address;
  }

  public void createTopic(String topic, int partitions)
      throws InterruptedException, ExecutionException {
    Map<String, Object> config = Map.of(AdminClientConfig.BOOTSTRAP_SERVERS_CONFIG, address);
    try (Admin admin = Admin.create(config)) {
      NewTopic created = new NewTopic(topic, Optional.of(partitions), Optional.empty());
      admin.createTopics(List.of(created)).all().get();
    }
  }

  @Override
  public void close() {
    server.shutdown();
    server.awaitShutdown();
  }
}
