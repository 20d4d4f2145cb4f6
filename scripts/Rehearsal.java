import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs commands one after the other on its own lake, so that the classes that they load can be
 * archived.
 *
 * <p>Run from source by scripts/class-archive.sh. Writes below the folder that it is given. If a
 * command fails, the JVM ends with that command's exit code.
 */
class Rehearsal {
  private static final long PATIENCE_MILLIS = 15 * 60 * 1_000;

  public static void main(String[] arguments) throws Exception {
    endAfter(PATIENCE_MILLIS);
    Path folder = Path.of(arguments[0]);
    Path events =
        Files.writeString(
            folder.resolve("events.jsonl"),
            """
            {"eventId":"1","deviceId":"d-1","eventTimestamp":"%1$s","temperature":70.5,"energyConsumed":1.5,"userId":"u-1"}
            {"eventId":"2","deviceId":"d-2","eventTimestamp":"%1$s","temperature":71.5,"energyConsumed":1.5,"userId":"u-2"}
            not an event
            """
                .formatted(Instant.now().minus(1, ChronoUnit.HOURS)));

    String view = "device_metrics";
    run(folder, "batch.Ingest", "--from", events.toString(), "--format", "json");
    run(folder, "batch.Batch", "--view", view, "--incremental");
    run(folder, "batch.Batch", "--view", view, "--incremental");
    run(folder, "serving.Query", "--view", view, "--key", "d-1");
    run(folder, "batch.ListRuns", "--view", view);
    run(folder, "batch.Boundary", "--view", view);
    run(folder, "serving.Sql", "--view", view, "--dialect", "spark");
    // Three records are too few for the limits on shares, and a red check would end the rehearsal.
    run(
        folder,
        "serving.Status",
        "--view",
        view,
        "-D",
        "thresholds.rejected-share=1",
        "-D",
        "thresholds.null-share=1");
  }

  private static void run(Path folder, String main, String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.addAll(List.of("-D", "lake.root=" + folder.resolve("lake")));
    Class.forName(main)
        .getMethod("main", String[].class)
        .invoke(null, (Object) arguments.toArray(String[]::new));
  }

  /** Ends the JVM after a time limit, because a command that hangs would hold up the build. */
  private static void endAfter(long millis) {
    Thread watch =
        new Thread(
            () -> {
              try {
                Thread.sleep(millis);
                System.err.println("The rehearsal took too long");
                Runtime.getRuntime().halt(1);
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
            },
            "watch");
    watch.setDaemon(true);
    watch.start();
  }
}
