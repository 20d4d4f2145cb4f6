package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The figures of a benchmark that runs the application inside its own JVM. */
final class Figures {
  private Figures() {}

  /** Writes JSON objects as an array, to the file that scripts/bench.sh names. */
  static void write(List<String> objects) throws IOException {
    Files.writeString(
        Path.of(System.getProperty("bench.figures")),
        "[\n  " + String.join(",\n  ", objects) + "\n]\n");
  }
}
