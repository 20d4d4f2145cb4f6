package common.lake;

import static java.util.stream.Collectors.toList;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.delta.storage.LogStore;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import jdk.jfr.consumer.RecordingStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Records;
import testing.TestLake;
import testing.TestSpark;

/** How files in local folders are written. */
class LocalFilesTest {
  private static final int WRITERS = 4;

  @TempDir private Path folder;

  private final Configuration hadoop = TestSpark.session().sparkContext().hadoopConfiguration();
  private final LogStore store = new LinkingLogStore(hadoop);

  @Test
  void aPathBelowAFileIsAnErrorAndNotAMissingPath() throws Exception {
    FileSystem files = FileSystem.get(folder.toUri(), hadoop);
    Path file = Files.createFile(folder.resolve("a file"));
    var below = new org.apache.hadoop.fs.Path(file.resolve("_delta_log").toUri());

    assertThatThrownBy(() -> files.exists(below))
        .isInstanceOf(FileSystemException.class)
        .hasMessageContaining("Not a directory");
    assertThatThrownBy(() -> files.mkdirs(below)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> files.listStatus(below)).isInstanceOf(FileSystemException.class);
    assertThat(files.exists(new org.apache.hadoop.fs.Path(folder.resolve("none").toUri())))
        .isFalse();
  }

  @Test
  void ofSeveralWritersOfOneCommitExactlyOneSucceeds() throws Exception {
    ExecutorService writers = Executors.newFixedThreadPool(WRITERS);
    try {
      for (int version = 0; version < 500; version++) {
        String name = "%020d.json".formatted(version);
        List<Future<Boolean>> attempts = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
          String content = "writer " + writer;
          // Each writer has its own store, as separate processes would.
          LogStore own = new LinkingLogStore(hadoop);
          attempts.add(writers.submit(() -> committed(own, name, content)));
        }

        List<String> winners = new ArrayList<>();
        for (int writer = 0; writer < WRITERS; writer++) {
          if (attempts.get(writer).get()) {
            winners.add("writer " + writer);
          }
        }

        assertThat(winners).hasSize(1);
        assertThat(Files.readAllLines(folder.resolve(name))).isEqualTo(winners);
      }
    } finally {
      writers.shutdownNow();
    }

    assertThat(names(folder)).allMatch(name -> name.endsWith(".json")).hasSize(500);
  }

  @Test
  void aCommitIsNotOverwrittenUnlessAsked() throws Exception {
    write("a", "first", false);

    assertThatThrownBy(() -> write("a", "second", false))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(Files.readString(folder.resolve("a"))).isEqualTo("first\n");
    write("a", "third", true);
    assertThat(Files.readString(folder.resolve("a"))).isEqualTo("third\n");
  }

  /** Otherwise, Delta would write a checkpoint in place, and a kill would leave a partial file. */
  @Test
  void checkpointsAreWrittenUnderAnotherNameFirst() throws Exception {
    assertThat(store.isPartialWriteVisible(path("00000000000000000010.json"), hadoop)).isTrue();
  }

  @Test
  void theGroupInheritanceOfASharedFolderIsKept() throws Exception {
    Path shared = Files.createDirectory(folder.resolve("shared"));
    Files.setAttribute(shared, "unix:mode", 02775);

    path("shared").getFileSystem(hadoop).setPermission(path("shared"), new FsPermission("755"));

    assertThat((int) Files.getAttribute(shared, "unix:mode") & 07777).isEqualTo(02755);
  }

  @Test
  void aFileThatHadoopWroteWithAChecksumIsReplaced() throws Exception {
    org.apache.hadoop.fs.Path path = path("_last_checkpoint");
    FileSystem files = path.getFileSystem(hadoop);
    files.create(path).close();
    assertThat(names(folder)).contains("._last_checkpoint.crc");

    write("_last_checkpoint", "{}", true);

    try (var lines = store.read(path, hadoop)) {
      assertThat(lines.next()).isEqualTo("{}");
    }
  }

  @Test
  void permissionsAndSymbolicLinksAreThoseOfTheOperatingSystem() throws Exception {
    Path file = Files.createFile(folder.resolve("file"));
    Files.createSymbolicLink(folder.resolve("link"), file);
    FileSystem files = path("file").getFileSystem(hadoop);

    files.setPermission(path("file"), new FsPermission("640"));

    assertThat(files).isInstanceOf(LocalFiles.class);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-r-----");
    FileContext ours = FileContext.getFileContext(folder.toUri(), hadoop);
    FileContext hadoops = FileContext.getFileContext(folder.toUri(), new Configuration());
    for (String name : List.of("file", "link")) {
      FileStatus status = ours.getFileLinkStatus(path(name));
      FileStatus expected = hadoops.getFileLinkStatus(path(name));
      assertThat(status.toString()).isEqualTo(expected.toString());
    }
  }

  @Test
  void neitherTablesNorCheckpointsStartChildProcesses() throws Exception {
    BlockingQueue<String> started = new LinkedBlockingQueue<>();
    TestLake lake = new TestLake(folder.resolve("lake"));
    try (RecordingStream recording = new RecordingStream()) {
      recording.enable("jdk.ProcessStart");
      recording.onEvent("jdk.ProcessStart", process -> started.add(process.getString("command")));
      recording.startAsync();
      lake.arrive(Records.event("1", "d", "2026-01-29T10:00:00Z", 1));
      Dataset<Row> events =
          lake.spark().readStream().format("delta").load(lake.lake().master().path());
      events
          .groupBy("device_id")
          .count()
          .writeStream()
          .outputMode("complete")
          .format("noop")
          .option("checkpointLocation", folder.resolve("checkpoint").toString())
          .trigger(Trigger.AvailableNow())
          .start()
          .awaitTermination();
      assertThat(folder.resolve("checkpoint/commits/0")).exists();
      new ProcessBuilder("test", "-e", folder.toString()).start().waitFor();

      String first = started.poll(1, TimeUnit.MINUTES);
      while (first != null && !first.contains(folder.toString())) {
        // Spark itself starts child processes, for process metrics.
        first = started.poll(1, TimeUnit.MINUTES);
      }

      assertThat(first).isEqualTo("test -e " + folder);
    }
  }

  private boolean committed(LogStore own, String name, String content) throws IOException {
    try {
      own.write(path(name), List.of(content).iterator(), false, hadoop);
      return true;
    } catch (FileAlreadyExistsException another) {
      return false;
    }
  }

  private void write(String name, String line, boolean overwrite) throws IOException {
    Iterator<String> lines = List.of(line).iterator();
    store.write(path(name), lines, overwrite, hadoop);
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toUri());
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).collect(toList());
    }
  }
}
