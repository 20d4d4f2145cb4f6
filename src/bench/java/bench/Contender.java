package bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A system that is benchmarked.
 *
 * @param settings tuning of the system, as shown in the table
 * @param command command line of a run; {@code {size}} stands for the number of events, {@code
 *     {run}} for a unique name of the run
 * @param answers results of a run: rows by key, each with its values by column
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
