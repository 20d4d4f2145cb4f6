package batch.ingest;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import org.apache.avro.file.SeekableByteArrayInput;
import org.apache.avro.file.SeekableInput;
import org.apache.avro.mapred.FsInput;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.io.compress.CompressionCodec;
import org.apache.hadoop.io.compress.CompressionCodecFactory;
import org.apache.spark.TaskContext;

/**
 * A file that a task reads; what it opens is closed when the task ends. A name that ends as
 * Hadoop's codecs expect (.gz, .bz2, ...) is decompressed.
 *
 * @param path fully qualified
 * @param hadoop how to reach it
 */
record RecordFile(Path path, Configuration hadoop) {
  String name() {
    return path.toString();
  }

  InputStream open() throws IOException {
    InputStream raw = closedWithTask(path.getFileSystem(hadoop).open(path));
    CompressionCodec codec = codec();
    return codec == null ? raw : closedWithTask(codec.createInputStream(raw));
  }

  /** For formats that tell where they are; a compressed file is held in memory for it. */
  SeekableInput openSeekable() throws IOException {
    return codec() == null
        ? closedWithTask(new FsInput(path, hadoop))
        : new SeekableByteArrayInput(open().readAllBytes());
  }

  private CompressionCodec codec() {
    return new CompressionCodecFactory(hadoop).getCodec(path);
  }

  private static <T extends Closeable> T closedWithTask(T opened) {
    TaskContext.get()
        .addTaskCompletionListener(
            context -> {
              try {
                opened.close();
              } catch (IOException ignored) {
                // All of it has been read, or the task has failed with a better message.
              }
            });
    return opened;
  }
}
