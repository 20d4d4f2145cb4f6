package azure;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import testing.Commands;

/**
 * A shell script that runs with stand-ins for the tools that the script calls.
 *
 * @param folder for the stand-ins and for the script's input and output
 */
record Script(Path folder) {
  private static final long PATIENCE_SECONDS = 60;

  /** Puts a stand-in on the script's path, before the machine's own tools. */
  void put(String tool, String text) throws IOException {
    executable(Files.createDirectories(folder.resolve("bin")).resolve(tool), text);
  }

  static void executable(Path file, String text) throws IOException {
    Files.writeString(file, "#!/usr/bin/env bash\n" + text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  /** Runs a script to completion with the given input. */
  Commands.Result run(Path script, String input, Map<String, String> environment, String... words)
      throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("bash", script.toString()));
    line.addAll(List.of(words));
    Path in = Files.writeString(folder.resolve("in"), input);
    Path out = folder.resolve("out");
    Path err = folder.resolve("err");
    ProcessBuilder builder = new ProcessBuilder(line);
    builder.environment().put("PATH", folder.resolve("bin") + ":/usr/bin:/bin");
    builder.environment().putAll(environment);
    builder.redirectInput(in.toFile()).redirectOutput(out.toFile()).redirectError(err.toFile());
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("Still running: " + Files.readString(err));
    }

    return new Commands.Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }
}
