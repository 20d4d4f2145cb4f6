package testing;

import static java.nio.charset.StandardCharsets.UTF_8;

import demo.LocalBroker;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * A server from npm in a separate process that ends with this JVM. Packages come from the lock file
 * in src/test/node and are installed once, under target/node.
 */
public final class NodeServer implements AutoCloseable {
  private static final Path SOURCE = Path.of("src/test/node");
  private static final Path INSTALLED = Path.of("target/node").toAbsolutePath();

  private final Process process;
  private final int port;

  private NodeServer(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /**
   * Starts a server and waits until it is listening; without Node, skips the test.
   *
   * @param script in src/test/node; receives the port, followed by the arguments
   */
  public static NodeServer start(String script, String... arguments) throws Exception {
    if (!onPath("node") || !onPath("npm")) {
      System.err.println(script + " needs Node, which is not on the PATH: skipping its tests");
      Assumptions.abort("Node is not on the PATH");
    }

    install(script);
    int port = LocalBroker.freePort();
    List<String> command = new ArrayList<>(List.of("node", script, String.valueOf(port)));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .directory(INSTALLED.toFile())
            .redirectError(INSTALLED.resolve(script + ".log").toFile())
            .start();
    BufferedReader said =
        new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    String line = said.readLine();
    if (!"listening".equals(line)) {
      throw new IOException(script + " did not start: " + line);
    }

    return new NodeServer(process, port);
  }

  public int port() {
    return port;
  }

  @Override
  public void close() {
    process.destroy();
  }

  private static boolean onPath(String program) {
    for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }

    return false;
  }

  private static synchronized void install(String script) throws IOException, InterruptedException {
    Files.createDirectories(INSTALLED);
    try (FileChannel channel =
        FileChannel.open(
            INSTALLED.resolve("install.lock"),
            StandardOpenOption.CREATE,
            StandardOpenOption.WRITE)) {
      // Lets one JVM install at a time; closing the channel releases the lock.
      channel.lock();
      installWhatIsMissing(script);
    }
  }

  private static void installWhatIsMissing(String script) throws IOException, InterruptedException {
    for (String file : List.of("package.json", script)) {
      Files.copy(
          SOURCE.resolve(file), INSTALLED.resolve(file), StandardCopyOption.REPLACE_EXISTING);
    }

    Path lock = SOURCE.resolve("package-lock.json");
    Path installedLock = INSTALLED.resolve("package-lock.json");
    boolean same = Files.exists(installedLock) && Files.mismatch(lock, installedLock) == -1;
    if (same && Files.isDirectory(INSTALLED.resolve("node_modules"))) {
      return;
    }

    Path copied = Files.copy(lock, installedLock, StandardCopyOption.REPLACE_EXISTING);
    Process npm =
        new ProcessBuilder("npm", "ci", "--no-audit", "--no-fund", "--loglevel=error")
            .directory(INSTALLED.toFile())
            .redirectErrorStream(true)
            .start();
    String said = new String(npm.getInputStream().readAllBytes(), UTF_8);
    if (npm.waitFor() != 0) {
      Files.delete(copied);
      throw new IOException("npm ci failed: " + said);
    }
  }
}
