package testing;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Spark in the layout of a distribution, from Maven's class path. */
public record SparkHome(Path folder) {
  /** The jars of a newer Hadoop, copied there by the build. */
  public static final Path HADOOP_3_4 = Path.of("target/hadoop-3.4");

  /** Artifacts that no distribution contains and the application's jar bundles. */
  private static final Set<String> CARRIED =
      Set.of(
          "azure-core",
          "azure-core-http-jdk-httpclient",
          "azure-identity",
          "azure-json",
          "azure-security-keyvault-secrets",
          "azure-xml",
          "commons-csv",
          "config",
          "delta-kernel-api",
          "delta-kernel-defaults",
          "jedis",
          "msal4j",
          "picocli");

  /** Creates jars/, conf/ and a bin/spark-submit that runs SparkSubmit. */
  public static SparkHome in(Path folder) throws IOException {
    return make(folder, CARRIED, List.of());
  }

  /**
   * Also includes the artifacts that the application's jar bundles, for its compiled classes, and
   * jars that replace other versions of the same artifact.
   */
  public static SparkHome in(Path folder, Path replacements) throws IOException {
    try (Stream<Path> files = Files.list(replacements)) {
      return make(folder, Set.of(), files.toList());
    }
  }

  private static SparkHome make(Path folder, Set<String> without, List<Path> replacements)
      throws IOException {
    Set<String> leftOut =
        Stream.concat(without.stream(), replacements.stream().map(SparkHome::artifact))
            .collect(Collectors.toSet());
    List<Path> own =
        Arrays.stream(classPath().split(File.pathSeparator, -1))
            .map(Path::of)
            .filter(jar -> !leftOut.contains(artifact(jar)))
            .toList();
    Path jars = Files.createDirectories(folder.resolve("jars"));
    for (Path jar : Stream.concat(own.stream(), replacements.stream()).toList()) {
      Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar.toAbsolutePath());
    }

    Path conf = Files.createDirectories(folder.resolve("conf"));
    Path script = Files.createDirectories(folder.resolve("bin")).resolve("spark-submit");
    Files.writeString(
        script,
        """
        #!/usr/bin/env bash
        exec java @%1$s/conf/jvm.options -Dlog4j2.configurationFile=%1$s/conf/log4j2.properties \\
          ${DRIVER_JAVA_OPTIONS:-} ${SPARK_SUBMIT_OPTS:-} -cp "%2$s:%3$s/*" org.apache.spark.deploy.SparkSubmit "$@"
        """
            .formatted(Path.of("").toAbsolutePath(), conf, jars));
    if (!script.toFile().setExecutable(true)) {
      throw new IOException("Cannot make " + script + " executable");
    }

    return new SparkHome(folder);
  }

  /** A folder on Spark's class path. */
  public Path conf() {
    return folder.resolve("conf");
  }

  private static String artifact(Path jar) {
    return jar.getFileName().toString().replaceFirst("-\\d.*", "");
  }

  /** The class path of Spark and the application, as scripts/submit.sh uses it. */
  private static String classPath() throws IOException {
    return Files.readString(Path.of("target/local.classpath")).strip();
  }
}
