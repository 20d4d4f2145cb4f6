package testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;

/** Real events with independently computed results, in a folder next to the checkout. */
public final class SharedData {
  private static final Path ROOT = Path.of("../shared/data");

  private SharedData() {}

  /** A file or folder of the shared data; skips the calling test if there is none. */
  public static Path path(String name) {
    assumeTrue(Files.exists(ROOT), "no shared data next to this checkout");
    return ROOT.resolve(name);
  }

  /** The rows of an answer by their key and window_start. */
  public static Map<List<String>, CSVRecord> answers(String name, String key) throws IOException {
    Map<List<String>, CSVRecord> answers = new HashMap<>();
    CSVFormat format = CSVFormat.RFC4180.builder().setHeader().setSkipHeaderRecord(true).build();
    try (Reader reader = Files.newBufferedReader(path(name));
        CSVParser parser = format.parse(reader)) {
      for (CSVRecord row : parser) {
        answers.put(List.of(row.get(key), row.get("window_start")), row);
      }
    }

    return answers;
  }
}
