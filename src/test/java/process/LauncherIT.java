package process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import testing.Commands;

/**
 * Tests how scripts/submit.sh starts a JVM, in a copy of the project's layout and mostly with a
 * fake java that prints its arguments and, when asked for a class-data archive, writes a file of
 * random bytes.
 */
class LauncherIT {
  private static final long PATIENCE_SECONDS = 120;

  private static final String FAKE_JAVA =
      """
      #!/usr/bin/env bash
      for word in "$@"; do
        case "$word" in
          -XX:ArchiveClassesAtExit=*)
            [[ -z "${NO_ARCHIVE:-}" ]] || exit 1
            head -c 1000 /dev/urandom >"${word#*=}"
            ;;
        esac
      done
      printf '%s\\n' "$@"
      """;

  @TempDir private Path folder;
  private Path home;
  private Path jdk;
  private Path jar;
  private Path archive;

  @BeforeEach
  void layOut() throws IOException {
    home = Files.createDirectories(folder.resolve("home"));
    for (String part : List.of("scripts", "conf")) {
      Files.createDirectories(home.resolve(part));
      try (Stream<Path> files = Files.list(Path.of(part))) {
        for (Path file : files.filter(Files::isRegularFile).toList()) {
          Files.copy(file, home.resolve(file));
        }
      }
    }

    Files.createDirectories(home.resolve("src/main"));
    Files.createFile(home.resolve("pom.xml"));
    Path target = Files.createDirectories(home.resolve("target"));
    Path dependency = Files.writeString(folder.resolve("dependency.jar"), "one");
    Path last = Files.writeString(folder.resolve("last.jar"), "two");
    Files.writeString(target.resolve("local.classpath"), dependency + ":" + last);
    jar = Files.writeString(target.resolve("lambda-1.jar"), "application");
    Files.createFile(target.resolve("lambda-1-app.jar"));
    archive = target.resolve("classes.jsa");

    jdk = folder.resolve("jdk");
    Path java = Files.createDirectories(jdk.resolve("bin")).resolve("java");
    Files.writeString(java, FAKE_JAVA);
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"17.0.1\"\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "runs --view v",
        "query --view v",
        "status",
        "maintain",
        "demo",
        "batch --view v --incremental",
        "batch --view v --from 2026-01-01 --to 2026-01-02",
        "batch --view v --from=2026-01-01 --to=2026-01-02",
        "batch --view v --restore 3",
        "batch --view v --restore=3",
        "batch --help",
        "speed --view v --once",
        "speed --help",
        "ingest --from kafka --once",
        "ingest --from folder",
        "ingest --from folder/kafka",
      })
  void aCommandThatEndsSoonCompilesLess(String command) throws Exception {
    assertThat(arguments(command)).contains("@" + home.resolve("conf/jvm-short.options"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"demo --serve", "serve"})
  void aServerHasTheDefaultsOfTheJvm(String command) throws Exception {
    assertThat(arguments(command))
        .contains("@" + home.resolve("conf/jvm.options"))
        .noneMatch(word -> word.contains("jvm-short") || word.contains("jvm-long"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "speed --view v",
        "speed --view v --from earliest",
        "ingest --from kafka",
        "ingest --from=kafka",
        "batch --view v",
        "batch --view v --rebuild --reason repaired",
      })
  void aCommandThatRunsLongIsSetUpForThroughput(String command) throws Exception {
    assertThat(arguments(command))
        .contains("@" + home.resolve("conf/jvm.options"))
        .contains("@" + home.resolve("conf/jvm-long.options"))
        .noneMatch(word -> word.contains("jvm-short"));
  }

  @Test
  void theUsersOptionsComeAfterOursAndBeforeTheClass() throws Exception {
    List<String> arguments =
        arguments("runs --view v", "DRIVER_JAVA_OPTIONS", "-XX:TieredStopAtLevel=4 -Xmx3g");

    int own = arguments.indexOf("-XX:TieredStopAtLevel=4");
    assertThat(own)
        .isGreaterThan(arguments.indexOf("@" + home.resolve("conf/jvm-short.options")))
        .isGreaterThan(arguments.indexOf("-Xmx2g"))
        .isLessThan(arguments.indexOf("batch.ListRuns"));
    assertThat(arguments).noneMatch(word -> word.startsWith("-XX:-Use"));
  }

  @Test
  void theUsersCollectorReplacesOurs() throws Exception {
    assertThat(arguments("runs --view v", "DRIVER_JAVA_OPTIONS", "-XX:+UseParallelGC"))
        .containsSubsequence("-XX:-UseSerialGC", "-XX:+UseParallelGC");
  }

  @Test
  void theClassPathIsJarsOnlyAndTheApplicationsComesFirst() throws Exception {
    assertThat(arguments("runs --view v"))
        .containsSubsequence(
            "-cp",
            "%s:%s:%s".formatted(jar, folder.resolve("dependency.jar"), folder.resolve("last.jar")),
            "batch.ListRuns",
            "--view",
            "v");
  }

  @Test
  void theArchiveIsMadeOnceAndUsed() throws Exception {
    assertThat(arguments("runs --view v")).contains("-XX:SharedArchiveFile=" + archive);
    byte[] made = Files.readAllBytes(archive);

    Commands.Result second = run("status");

    assertThat(second.out()).contains("-XX:SharedArchiveFile=" + archive);
    assertThat(second.err()).isEmpty();
    assertThat(Files.readAllBytes(archive)).isEqualTo(made);
  }

  @ParameterizedTest
  @ValueSource(strings = {"runs --help", "query --view v --server http://localhost:8080"})
  void aCommandThatLoadsFewClassesNeitherMakesNorUsesAnArchive(String command) throws Exception {
    arguments(command);
    assertThat(archive).doesNotExist();

    arguments("runs --view v");
    assertThat(archive).exists();
    assertThat(arguments(command)).noneMatch(word -> word.contains("SharedArchiveFile"));
  }

  @Test
  void aFlightRecordingRunsWithoutTheArchive() throws Exception {
    arguments("runs --view v");

    assertThat(
            arguments(
                "runs --view v", "DRIVER_JAVA_OPTIONS", "-XX:StartFlightRecording=duration=9s"))
        .noneMatch(word -> word.contains("SharedArchiveFile"));
  }

  /**
   * Changes that make an archive useless or even harmful: the JVM crashes on a truncated archive.
   */
  private enum Change {
    ANOTHER_JAR {
      @Override
      void in(LauncherIT test) throws IOException {
        Files.writeString(test.jar, "another application");
      }
    },
    A_JAR_OF_ANOTHER_TIME {
      @Override
      void in(LauncherIT test) throws IOException {
        Files.setLastModifiedTime(test.jar, FileTime.from(Instant.EPOCH));
      }
    },
    A_DELETED_JAR {
      @Override
      void in(LauncherIT test) throws IOException {
        Files.delete(test.folder.resolve("dependency.jar"));
      }
    },
    ANOTHER_CLASS_PATH {
      @Override
      void in(LauncherIT test) throws IOException {
        Path other = Files.createFile(test.folder.resolve("other.jar"));
        Files.writeString(
            test.home.resolve("target/local.classpath"), ":" + other, StandardOpenOption.APPEND);
      }
    },
    ANOTHER_JDK {
      @Override
      void in(LauncherIT test) throws IOException {
        Files.writeString(test.jdk.resolve("release"), "JAVA_VERSION=\"17.0.2\"\n");
      }
    },
    A_TRUNCATED_ARCHIVE {
      @Override
      void in(LauncherIT test) throws IOException {
        FileTime time = Files.getLastModifiedTime(test.archive);
        Files.write(test.archive, new byte[10]);
        Files.setLastModifiedTime(test.archive, time);
      }
    },
    A_DAMAGED_ARCHIVE {
      @Override
      void in(LauncherIT test) throws IOException {
        Files.write(test.archive, new byte[1_000]);
        Files.setLastModifiedTime(test.archive, FileTime.from(Instant.EPOCH));
      }
    },
    NO_ARCHIVE {
      @Override
      void in(LauncherIT test) throws IOException {
        Files.delete(test.archive);
      }
    };

    abstract void in(LauncherIT test) throws IOException;
  }

  @ParameterizedTest
  @EnumSource(Change.class)
  void aStaleArchiveIsMadeAgain(Change change) throws Exception {
    run("status");
    byte[] stale = Files.readAllBytes(archive);
    change.in(this);

    assertThat(arguments("status")).contains("-XX:SharedArchiveFile=" + archive);
    assertThat(Files.readAllBytes(archive)).hasSize(1_000).isNotEqualTo(stale);
  }

  @ParameterizedTest
  @EnumSource(Change.class)
  void aStaleArchiveThatCannotBeMadeAgainIsNotUsed(Change change) throws Exception {
    run("status");
    change.in(this);

    Commands.Result result = run("status", "NO_ARCHIVE", "true");

    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("serving.Status").doesNotContain("SharedArchiveFile");
    assertThat(result.err()).contains("Cannot create the class-data archive");
  }

  @Test
  void whatFailedIsNotTriedAgainUntilSomethingChanges() throws Exception {
    run("status", "NO_ARCHIVE", "true");

    Commands.Result second = run("status");
    assertThat(second.err()).isEmpty();
    assertThat(second.out()).contains("serving.Status").doesNotContain("SharedArchiveFile");

    Change.ANOTHER_JAR.in(this);
    assertThat(arguments("status")).contains("-XX:SharedArchiveFile=" + archive);
  }

  @Test
  void aFolderThatCannotBeWrittenIsNoMatter() throws Exception {
    readable(folder);
    forbidWriting();

    Commands.Result result = runAsNobody("status");

    assertThat(result.err()).isEmpty();
    assertThat(result.exitCode()).isZero();
    assertThat(result.out()).contains("serving.Status").doesNotContain("SharedArchiveFile");
  }

  @Test
  void anArchiveInAFolderThatCannotBeWrittenIsUsed() throws Exception {
    run("status");
    readable(folder);
    forbidWriting();

    assertThat(runAsNobody("status").out()).contains("-XX:SharedArchiveFile=" + archive);
  }

  @Test
  void aRehearsalThatRunsIsNotWaitedForNorRepeated() throws Exception {
    Path rehearsal = Files.createDirectory(home.resolve("target/rehearsal"));

    Commands.Result during = run("status");

    assertThat(during.err()).isEmpty();
    assertThat(during.out()).contains("serving.Status").doesNotContain("SharedArchiveFile");
    assertThat(rehearsal).exists();

    Files.setLastModifiedTime(rehearsal, FileTime.from(Instant.now().minus(1, ChronoUnit.HOURS)));
    assertThat(arguments("status")).contains("-XX:SharedArchiveFile=" + archive);
    assertThat(rehearsal).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"17", "17.0.9", "17-ea"})
  void aJdkIsKnownByItsReleaseFile(String version) throws Exception {
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"%s\"\n".formatted(version));

    assertThat(arguments("status")).contains("serving.Status");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1.8.0_392", "11.0.2", "170", "25"})
  void anotherJavaIsRefused(String version) throws Exception {
    Files.writeString(jdk.resolve("release"), "JAVA_VERSION=\"%s\"\n".formatted(version));

    Commands.Result result = run("status");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.err())
        .startsWith("Error: Spark 3.5 needs Java 17")
        .contains("is version " + version + ":");
  }

  @Test
  void aJavaHomeAndASparkHomeWithoutTheirProgramsAreNamed() throws Exception {
    Commands.Result spark = run("status", "SPARK_HOME", "/none");
    assertThat(spark.exitCode()).isEqualTo(1);
    assertThat(spark.err()).startsWith("Error: SPARK_HOME is /none, which has no bin/spark-submit");

    Commands.Result java = run("status", "JAVA_HOME", "/none");
    assertThat(java.exitCode()).isEqualTo(1);
    assertThat(java.err()).startsWith("Error: JAVA_HOME is /none, which has no bin/java");
  }

  @Test
  void jarsThatTheMavenRepositoryHasLostAreBuiltAgain() throws Exception {
    Files.delete(folder.resolve("last.jar"));

    assertThat(run("status").err()).contains("Building");
  }

  @Test
  void aJdkWithoutAReleaseFileIsAsked() throws Exception {
    Files.delete(jdk.resolve("release"));
    useRealJars();
    Path java = jdk.resolve("bin/java");
    Files.delete(java);
    Files.writeString(
        java, "#!/usr/bin/env bash\nexec %s \"$@\"\n".formatted(realJdk().resolve("bin/java")));
    Files.setPosixFilePermissions(java, PosixFilePermissions.fromString("rwxr-xr-x"));

    assertThat(run("runs --help").out()).startsWith("Usage: runs");
  }

  @Test
  void theRealJvmUsesTheArchiveAndPrintsNothingAboutOneItRefuses() throws Exception {
    useRealJars();
    jdk = realJdk();
    Path log = folder.resolve("classes.log");

    run("runs", "DRIVER_JAVA_OPTIONS", "-Xlog:class+load:file=" + log);
    assertThat(Files.readString(log)).contains("batch.ListRuns source: shared objects file (top)");

    Commands.Result refused =
        run("runs", "DRIVER_JAVA_OPTIONS", "-Xbootclasspath/a:" + folder.resolve("dependency.jar"));
    assertRunsRequiresAView(refused);
    assertThat(refused.err()).hasLineCount(1);
  }

  @Test
  void theRealJvmIsNotGivenATruncatedArchive() throws Exception {
    useRealJars();
    jdk = realJdk();
    run("runs");
    Change.A_TRUNCATED_ARCHIVE.in(this);

    assertRunsRequiresAView(run("runs"));
  }

  private static void assertRunsRequiresAView(Commands.Result result) {
    assertThat(result.err()).contains("Missing required option: '--view=VIEW'");
    assertThat(result.exitCode()).isEqualTo(2);
  }

  @Test
  void theRealJvmTakesAnotherCollectorThanOurs() throws Exception {
    useRealJars();
    jdk = realJdk();

    Commands.Result result = run("runs --help", "DRIVER_JAVA_OPTIONS", "-XX:+UseParallelGC");

    assertThat(result.out()).startsWith("Usage: runs");
    assertThat(result.exitCode()).isZero();
  }

  /** A misspelt option would be ignored (IgnoreUnrecognizedVMOptions). */
  @Test
  void theRealJvmTakesTheOptionsOfLongRunningJobs() throws Exception {
    useRealJars();
    jdk = realJdk();

    String flags = run("speed", "DRIVER_JAVA_OPTIONS", "-XX:+PrintFlagsFinal").out();
    assertThat(flags)
        .containsPattern("MaxGCPauseMillis +:?= 1000 ")
        .containsPattern("G1HeapRegionSize +:?= 16777216 ")
        .containsPattern("CompileThresholdScaling +:?= 3.0");

    Commands.Result other = run("speed", "DRIVER_JAVA_OPTIONS", "-XX:+UseParallelGC");
    assertThat(other.err()).contains("Missing required option: '--view").hasLineCount(1);
  }

  @Test
  void theArchiveOfTheBuildHoldsSpark() throws Exception {
    jdk = realJdk();
    Path log = folder.resolve("classes.log");

    Commands.Result result =
        run(
            Path.of("").toAbsolutePath(),
            List.of(),
            "query --view device_metrics -D lake.root=%s/none".formatted(folder),
            Map.of("DRIVER_JAVA_OPTIONS", "-Xlog:class+load:file=" + log));

    assertThat(result.err()).contains("run ingest");
    assertThat(Files.readString(log))
        .contains("org.apache.spark.sql.SparkSession source: shared objects file (top)");
  }

  /** Installs the built application and a rehearsal that loads almost nothing. */
  private void useRealJars() throws IOException {
    Path built = Path.of("target");
    Files.copy(
        built.resolve("local.classpath"),
        home.resolve("target/local.classpath"),
        StandardCopyOption.REPLACE_EXISTING);
    try (Stream<Path> files = Files.list(built)) {
      Path app = files.filter(file -> file.toString().endsWith("-app.jar")).findAny().orElseThrow();
      Path own = Path.of(app.toString().replace("-app.jar", ".jar"));
      Files.copy(own, jar, StandardCopyOption.REPLACE_EXISTING);
    }

    Files.writeString(
        home.resolve("scripts/Rehearsal.java"),
        """
        class Rehearsal {
          public static void main(String[] arguments) throws Exception {
            Class.forName("batch.ListRuns");
          }
        }
        """);
  }

  private static Path realJdk() {
    return Path.of(System.getProperty("java.home"));
  }

  private List<String> arguments(String command, String... environment) throws Exception {
    Commands.Result result = run(command, environment);
    assertThat(result.exitCode()).as(result.err()).isZero();
    return result.out().lines().toList();
  }

  private Commands.Result run(String command, String... environment) throws Exception {
    return run(
        home,
        List.of(),
        command,
        environment.length == 0 ? Map.of() : Map.of(environment[0], environment[1]));
  }

  /** Drops root's privileges because root can write everywhere. */
  private Commands.Result runAsNobody(String command) throws Exception {
    boolean root = System.getProperty("user.name").equals("root");
    List<String> program =
        root ? List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups") : List.of();
    return run(home, program, command, Map.of());
  }

  private Commands.Result run(
      Path project, List<String> before, String command, Map<String, String> environment)
      throws Exception {
    List<String> line = new ArrayList<>(before);
    line.add(project.resolve("scripts/submit.sh").toString());
    line.addAll(List.of(command.split(" ")));
    Path out = Files.createTempFile("launcher", ".out");
    Path err = Files.createTempFile("launcher", ".err");
    try {
      ProcessBuilder builder = new ProcessBuilder(line);
      builder
          .environment()
          .keySet()
          .removeAll(List.of("SPARK_HOME", "LAKE_ROOT", "DRIVER_JAVA_OPTIONS", "DRIVER_MEMORY"));
      builder.environment().put("JAVA_HOME", jdk.toString());
      builder.environment().putAll(environment);
      Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        throw new AssertionError("Still running: " + Files.readString(err));
      }

      return new Commands.Result(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }

  private void forbidWriting() throws IOException {
    Files.setPosixFilePermissions(
        home.resolve("target"), PosixFilePermissions.fromString("r-xr-xr-x"));
  }

  private static void readable(Path root) throws IOException {
    Files.setPosixFilePermissions(root, PosixFilePermissions.fromString("rwxr-xr-x"));
  }
}
