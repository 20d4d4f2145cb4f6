package testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Spark laid out as a distribution lays it out, from Maven's class path. */
public record SparkHome(Path folder) {

  /** Makes jars/ and bin/spark-submit, which is SparkSubmit itself. */
  public static SparkHome in(Path folder) throws IOException {
    Path jars = Files.createDirectories(folder.resolve("jars"));
    for (String jar : classPath().split(File.pathSeparator, -1)) {
      Files.copy(Path.of(jar), jars.resolve(Path.of(jar).getFileName()));
    }

    Path script = Files.createDirectories(folder.resolve("bin")).resolve("spark-submit");
    Files.writeString(
        script,
        """
        #!/usr/bin/env bash
        exec java @%1$s/conf/jvm.options -Dlog4j2.configurationFile=%1$s/conf/log4j2.properties \\
          -cp "%2$s/*" org.apache.spark.deploy.SparkSubmit "$@"
        """
            .formatted(Path.of("").toAbsolutePath(), jars));
    if (!script.toFile().setExecutable(true)) {
      throw new IOException("Cannot make " + script + " executable");
    }

    return new SparkHome(folder);
  }

  /** All that Spark and the application need, as scripts/submit.sh uses it. */
  private static String classPath() throws IOException {
    return Files.readString(Path.of("target/local.classpath")).strip();
  }
}
