package bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The folders and the mode of a benchmark run.
 *
 * @param home the project's folder
 * @param folder receives everything that the benchmark writes, except its figures
 * @param quick whether to use few events, only to show that the harness works
 */
record Workplace(Path home, Path folder, boolean quick) {
  /**
   * JVM options of a long-running job, for a short-lived command that stands in for such a job. A
   * quick run is too short for these options.
   */
  Map<String, String> longRunning() {
    return quick
        ? Map.of()
        : Map.of(
            "DRIVER_MEMORY",
            "4g",
            "DRIVER_JAVA_OPTIONS",
            "-XX:TieredStopAtLevel=4 -XX:+UseG1GC @" + home.resolve("conf/jvm-long.options"));
  }

  /** Writes a benchmark's figures (JSON objects) as an array. */
  void writeFigures(String name, List<String> objects) throws IOException {
    Files.writeString(
        home.resolve("target/bench/%s.json".formatted(name)),
        "[\n  " + String.join(",\n  ", objects) + "\n]\n");
  }

  /** A command of the application, with settings as {@code KEY=VALUE}. */
  List<String> command(List<String> words, String... settings) {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("scripts/submit.sh").toString());
    command.addAll(words);
    for (String setting : settings) {
      command.add("-D");
      command.add(setting);
    }

    return command;
  }

  /**
   * The command that runs a competing implementation in a separate JVM with the application's heap
   * size.
   *
   * @param options name of the application's file with JVM options for such work
   */
  List<String> rival(String main, String options) {
    return List.of(
        Services.java(),
        "@" + home.resolve("conf/jvm.options"),
        "@" + home.resolve("conf").resolve(options),
        "-Xmx4g",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-cp",
        System.getProperty("java.class.path"),
        main);
  }

  /** Ingests a folder of JSON lines into a lake. */
  void ingest(Path events, Path lake) throws Exception {
    Trial.of(
        command(
            List.of("ingest", "--from", events.toString(), "--format", "json"),
            "lake.root=" + lake),
        longRunning(),
        folder.resolve("ingest-%s.log".formatted(lake.getFileName())));
  }
}
