package testing;

import demo.LocalBroker;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A Spark standalone master and one-core workers, each in a separate process. */
public final class SparkCluster implements AutoCloseable {
  private static final String HOST = "127.0.0.1";
  private static final String SHORT_LIFE = "@" + Path.of("conf/jvm-short.options").toAbsolutePath();
  private static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(1);

  private final SparkHome home;
  private final Path folder;
  private final String master;
  private final List<Process> processes = new ArrayList<>();
  private final List<Process> workers = new ArrayList<>();

  private SparkCluster(SparkHome home, Path folder, String master) {
    this.home = home;
    this.folder = folder;
    this.master = master;
  }

  public static SparkCluster start(Path folder, int workers) throws Exception {
    int port = LocalBroker.freePort();
    SparkCluster cluster =
        new SparkCluster(
            SparkHome.in(folder.resolve("spark")), folder, "spark://%s:%d".formatted(HOST, port));
    cluster.launch(
        "org.apache.spark.deploy.master.Master",
        "--host",
        HOST,
        "--port",
        String.valueOf(port),
        "--webui-port",
        "0");
    awaitPort(port);
    for (int i = 0; i < workers; i++) {
      cluster.workers.add(
          cluster.launch(
              "org.apache.spark.deploy.worker.Worker",
              "--host",
              HOST,
              "--cores",
              "1",
              "--memory",
              "1g",
              "--webui-port",
              "0",
              "--work-dir",
              folder.resolve("work-" + i).toString(),
              cluster.master));
    }

    return cluster;
  }

  /** The environment for scripts/submit.sh. */
  public Map<String, String> environment() {
    return Map.of(
        "SPARK_HOME",
        home.folder().toString(),
        "SPARK_SUBMIT_OPTIONS",
        String.join(
            " --conf ",
            "--master " + master + " --executor-memory 1g",
            "spark.driver.host=" + HOST,
            "spark.executor.extraJavaOptions=" + SHORT_LIFE,
            "spark.ui.enabled=false",
            "spark.sql.shuffle.partitions=2",
            "spark.databricks.delta.snapshotPartitions=2",
            "spark.sql.sources.parallelPartitionDiscovery.parallelism=2"));
  }

  /** Kills a worker and its executors (SIGKILL). */
  public void killWorker(int number) throws InterruptedException {
    Process worker = workers.get(number);
    worker.descendants().forEach(ProcessHandle::destroyForcibly);
    worker.destroyForcibly().waitFor();
  }

  /** Whether a worker runs executors. */
  public boolean isBusy(int number) {
    return workers.get(number).descendants().findAny().isPresent();
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }

  private Process launch(String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "@" + Path.of("conf/jvm.options").toAbsolutePath(),
                SHORT_LIFE,
                "-Xmx256m",
                "-cp",
                home.folder().resolve("jars") + "/*",
                main));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", home.folder().toString());
    // A distribution's load-spark-env.sh determines this version.
    builder.environment().put("SPARK_SCALA_VERSION", "2.12");
    builder.redirectErrorStream(true);
    builder.redirectOutput(folder.resolve("cluster-%d.log".formatted(processes.size())).toFile());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private static void awaitPort(int port) throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(HOST, port), 1_000);
        return;
      } catch (IOException notYet) {
        if (System.nanoTime() > deadline) {
          throw notYet;
        }

        TimeUnit.MILLISECONDS.sleep(200);
      }
    }
  }
}
