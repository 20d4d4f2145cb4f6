package bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.Uuid;
import redis.embedded.RedisServer;

/** A Kafka broker in a separate JVM and a redis-server, for the duration of a benchmark. */
final class Services implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Process broker;
  private final int brokerPort;
  private final RedisServer redis;
  private final int redisPort;

  private Services(Process broker, int brokerPort, RedisServer redis, int redisPort) {
    this.broker = broker;
    this.brokerPort = brokerPort;
    this.redis = redis;
    this.redisPort = redisPort;
  }

  /** Starts the broker and redis-server; the broker runs on the application's class path. */
  static Services start(Workplace workplace) throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory(workplace.folder(), "services");
    String classPath = Files.readString(workplace.home().resolve("target/local.classpath")).strip();
    int port = freePort();
    int controller = freePort();
    Path logs = Files.createDirectories(folder.resolve("broker"));
    Files.writeString(
        logs.resolve("meta.properties"),
        "version=1%nnode.id=1%ncluster.id=%s%n".formatted(Uuid.randomUuid()));
    Path properties = folder.resolve("broker.properties");
    Files.writeString(
        properties,
        """
        process.roles=broker,controller
        node.id=1
        controller.quorum.voters=1@127.0.0.1:%2$d
        listeners=PLAINTEXT://127.0.0.1:%1$d,CONTROLLER://127.0.0.1:%2$d
        advertised.listeners=PLAINTEXT://127.0.0.1:%1$d
        controller.listener.names=CONTROLLER
        listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
        log.dirs=%3$s
        offsets.topic.replication.factor=1
        group.initial.rebalance.delay.ms=0
        """
            .formatted(port, controller, logs));
    List<String> command =
        List.of(java(), "-Xmx512m", "-cp", classPath, "kafka.Kafka", properties.toString());
    Process broker =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("broker.log").toFile())
            .start();
    // Also stops the broker when this JVM is terminated.
    Runtime.getRuntime().addShutdownHook(new Thread(broker::destroy));
    int redisPort = freePort();
    RedisServer redis = RedisServer.newRedisServer().port(redisPort).bind("127.0.0.1").build();
    Services services = new Services(broker, port, redis, redisPort);
    try {
      redis.start();
      services.awaitBroker(folder.resolve("broker.log"));
      return services;
    } catch (IOException | InterruptedException failed) {
      services.close();
      throw failed;
    }
  }

  /** The Java executable of this JVM; all systems run on it. */
  static String java() {
    return ProcessHandle.current().info().command().orElse("java");
  }

  String brokers() {
    return "127.0.0.1:" + brokerPort;
  }

  /** For each size, creates a topic {@code events-SIZE} and sends that many events to it. */
  void fillTopics(List<Long> sizes) throws Exception {
    for (long size : sizes) {
      System.err.printf("Sending %,d events ...%n", size);
      Events.fill(brokers(), "events-" + size, size);
    }
  }

  int redisPort() {
    return redisPort;
  }

  @Override
  public void close() throws IOException, InterruptedException {
    redis.stop();
    broker.destroy();
    broker.waitFor();
  }

  private void awaitBroker(Path log) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < deadline && broker.isAlive()) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", brokerPort), 500);
        return;
      } catch (IOException notYet) {
        TimeUnit.MILLISECONDS.sleep(200);
      }
    }

    throw new IOException("The broker did not start: see " + log);
  }

  static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
