package common.lake;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import java.io.BufferedReader;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import testing.TestSpark;

/** Hadoop's own driver against a server that answers as Azure does. */
class StorageErrorsTest {
  private Storage storage;

  @BeforeEach
  void open() throws IOException {
    storage = new Storage();
  }

  @AfterEach
  void close() throws IOException {
    storage.close();
  }

  @ParameterizedTest
  @CsvSource({
    "FilesystemNotFound, The specified filesystem does not exist., true",
    "ContainerNotFound, The specified container does not exist., true",
    "PathNotFound, The specified path does not exist., false",
    "BlobNotFound, The specified blob does not exist., false",
  })
  void aMissingContainerIsToldFromAMissingPathWhateverIsAsked(
      String code, String phrase, boolean missing) throws IOException {
    storage.answer(code, phrase);
    FileSystem files = FileSystem.newInstance(URI.create(storage.root()), storage.configuration());
    Path path = new Path(storage.root() + "/ContainerNotFound/filesystem does not exist");

    Throwable onHead = catchThrowable(() -> files.getFileStatus(path));
    Throwable onGet = catchThrowable(() -> files.listStatus(path));

    assertThat(onHead).isInstanceOf(FileNotFoundException.class).hasMessageContaining("HEAD");
    assertThat(StorageErrors.isMissingContainer(onHead)).isEqualTo(missing);
    assertThat(onGet).isInstanceOf(FileNotFoundException.class).hasMessageContaining("GET");
    assertThat(StorageErrors.isMissingContainer(onGet)).isEqualTo(missing);
    assertThat(StorageErrors.isOfDriver(onGet)).isTrue();
    files.close();
  }

  @Test
  void anErrorOfAnotherFileSystemIsNotTheDriversWhateverItSays() {
    IOException local =
        new FileNotFoundException("Operation failed: \"The specified container does not exist.\"");

    assertThat(StorageErrors.isMissingContainer(local)).isFalse();
    assertThat(StorageErrors.isOfDriver(local)).isFalse();
  }

  @Test
  void aTableInAMissingContainerIsAnErrorAndOneOfAMissingPathIsAbsent() {
    Configuration hadoop = TestSpark.session().sparkContext().hadoopConfiguration();
    storage.configuration().forEach(entry -> hadoop.set(entry.getKey(), entry.getValue()));
    LakeTable table = new Lake(TestSpark.session(), storage.root() + "/lake").boundary();

    storage.answer("PathNotFound", "The specified path does not exist.");
    assertThat(table.exists()).isFalse();

    storage.answer("FilesystemNotFound", "The specified filesystem does not exist.");
    assertThatThrownBy(table::exists).hasMessageContaining("FilesystemNotFound");
  }

  /** A storage account that answers every request with 404, for a reason that the test sets. */
  private static final class Storage implements AutoCloseable {
    private final ServerSocket socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private volatile String code = "";
    private volatile String phrase = "";

    Storage() throws IOException {
      Thread server = new Thread(this::serve, "storage");
      server.setDaemon(true);
      server.start();
    }

    void answer(String errorCode, String reason) {
      code = errorCode;
      phrase = reason;
    }

    /** Names a different account per test because Hadoop caches file systems by URI. */
    String root() {
      return "abfs://lake@account%d.dfs.core.windows.net".formatted(socket.getLocalPort());
    }

    Configuration configuration() {
      Configuration configuration = new Configuration(false);
      configuration.set("fs.abfs.impl", "org.apache.hadoop.fs.azurebfs.AzureBlobFileSystem");
      configuration.set("fs.azure.abfs.endpoint", "127.0.0.1:" + socket.getLocalPort());
      configuration.set("fs.azure.always.use.https", "false");
      configuration.set("fs.azure.account.hns.enabled", "true");
      configuration.set("fs.azure.account.key", "a2V5");
      return configuration;
    }

    private void serve() {
      while (!socket.isClosed()) {
        try (Socket connection = socket.accept()) {
          BufferedReader request =
              new BufferedReader(new InputStreamReader(connection.getInputStream(), US_ASCII));
          String first = request.readLine();
          while (!request.readLine().isEmpty()) {}

          String body = "{\"error\":{\"code\":\"%s\",\"message\":\"%s\"}}".formatted(code, phrase);
          String head =
              "HTTP/1.1 404 %s\r\nx-ms-error-code: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                  .formatted(phrase, code, body.length());
          String answer = first.startsWith("HEAD") ? head : head + body;
          connection.getOutputStream().write(answer.getBytes(US_ASCII));
        } catch (IOException ended) {
          if (!socket.isClosed()) {
            throw new java.io.UncheckedIOException(ended);
          }
        }
      }
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }
}
