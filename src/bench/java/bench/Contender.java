package bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * One that takes part in a benchmark.
 *
 * @param settings what it was tuned with, for the table
 * @param command of a run; {@code {size}} stands for the number of events, {@code {run}} for a name
 *     that no other run has
 * @param answers what a run left behind: rows by their key, values by column
 */
record Contender(
    String name,
    String settings,
    List<String> command,
    Map<String, String> environment,
    Answers answers) {

  interface Answers {
    Map<String, Map<String, String>> of(String run, long size) throws Exception;
  }

  Trial run(String run, long size, Path log) throws Exception {
    List<String> words =
        command.stream()
            .map(word -> word.replace("{size}", String.valueOf(size)).replace("{run}", run))
            .toList();
    return Trial.of(words, environment, log);
  }
}
