package demo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import common.ErrorCode;
import common.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.common.utils.Bytes;

/** The non-blank lines of a file, plain or .gz, as messages in file order. */
final class EventFile {
  private EventFile() {}

  static List<Message> messages(Path file) {
    try (InputStream raw = Files.newInputStream(file);
        InputStream in = file.toString().endsWith(".gz") ? new GZIPInputStream(raw) : raw;
        // One character per byte, so that every byte is preserved.
        BufferedReader reader = new BufferedReader(new InputStreamReader(in, ISO_8859_1));
        Stream<String> lines = reader.lines()) {
      return lines
          .filter(line -> !line.isBlank())
          .map(line -> new Message(Instant.EPOCH, null, Bytes.wrap(line.getBytes(ISO_8859_1))))
          .toList();
    } catch (IOException | UncheckedIOException unreadable) {
      throw new Failure(
          ErrorCode.INPUT_UNREADABLE,
          "Cannot read %s: %s".formatted(file, unreadable.getMessage()));
    }
  }
}
