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
 * A file that a task reads; its streams are closed when the task ends. A file with the extension of
 * a Hadoop codec (.gz, .bz2, ...) is decompressed.
 *
 * @param path fully qualified
 * @param hadoop configuration for access to its file system
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

  /** For formats that seek in the file; a compressed file is decompressed into memory. */
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
                // Either the whole file has been read, or the task has failed with a more useful
                // message.
              }
            });
    return opened;
  }
}
