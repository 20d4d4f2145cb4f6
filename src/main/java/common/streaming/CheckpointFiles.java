package common.streaming;

import common.ErrorCode;
import common.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Small text files in the folder of a checkpoint. */
final class CheckpointFiles {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointFiles.class);

  private final Path folder;
  private final Configuration hadoop;

  CheckpointFiles(SparkSession spark, String folder) {
    this.folder = new Path(folder);
    this.hadoop = spark.sparkContext().hadoopConfiguration();
  }

  String folder() {
    return folder.toString();
  }

  /** The text of a file; empty when there is none. */
  Optional<String> read(String name) {
    try (InputStream in = files().open(new Path(folder, name))) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException none) {
      return Optional.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Replaces a file atomically: a job killed during the replacement leaves the old file. */
  void write(String name, String text) {
    Path draft = new Path(folder, "." + name + "-" + UUID.randomUUID());
    try {
      try (OutputStream out = files().create(draft, true)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }

      FileContext.getFileContext(folder.toUri(), hadoop)
          .rename(draft, new Path(folder, name), Options.Rename.OVERWRITE);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** The numeric file names in a subfolder, in no particular order. */
  LongStream numbered(String subfolder) {
    try {
      return Arrays.stream(files().listStatus(new Path(folder, subfolder)))
          .map(status -> status.getPath().getName())
          .filter(name -> name.matches("\\d+"))
          .mapToLong(Long::parseLong);
    } catch (FileNotFoundException none) {
      return LongStream.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  /** Renames the whole folder, so that the query starts without a checkpoint. */
  void setAside() {
    Path aside = folder.suffix("-until-" + Instant.now().toEpochMilli());
    try {
      if (!files().rename(folder, aside)) {
        throw new Failure(
            ErrorCode.CHECKPOINT_NOT_MOVED,
            "Cannot move %s to %s: move or delete it manually".formatted(folder, aside));
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    LOG.warn("The old checkpoint is kept as {}", aside);
  }

  private FileSystem files() throws IOException {
    return folder.getFileSystem(hadoop);
  }
}
