package batch.maintenance;

import static org.apache.spark.sql.functions.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import common.lake.LakeTable;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.delta.DeltaLog;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Records;
import testing.TestLake;

class KeptVersionsIT {
  private static final Duration WEEK = Duration.ofDays(7);
  private static final Pattern REMOVED_AT = Pattern.compile("\"deletionTimestamp\":\\d+");

  private final Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);

  @TempDir private Path folder;
  private TestLake lake;
  private View view;
  private LakeTable table;

  @BeforeEach
  void open() {
    lake = new TestLake(folder, TestLake.fewMeasures(Map.of()));
    view = lake.view("device_daily_metrics");
    table = lake.lake().batchView(view);
  }

  @Test
  void vacuumTakesAReplacedVersionOnlyWhenItsPromiseHasEnded() throws Exception {
    long replaced = replacedBefore(Duration.ofDays(10));

    maintain(Duration.ofDays(30));
    assertThat(events(replaced)).isEqualTo(1);

    maintain(Duration.ofDays(9));
    assertThatThrownBy(() -> events(replaced)).hasMessageContaining("does not exist");
    assertThat(events(table.state().version())).isEqualTo(2);
  }

  @Test
  void theLogReachesBackAsFarAsThePromiseBeyondTheMonthThatDeltaKeeps() throws Exception {
    long replaced = replacedBefore(Duration.ofDays(40));

    maintain(Duration.ofDays(60));
    // Delta cleans up the log whenever a checkpoint is written: with this setting, at each commit.
    table.setProperty("delta.checkpointInterval", "1");
    assertThat(events(replaced)).isEqualTo(1);

    table.setProperty("delta.logRetentionDuration", "interval 30 days");
    assertThatThrownBy(() -> events(replaced))
        .hasMessageContaining("Cannot time travel Delta table to version");
  }

  /** A version with one event, replaced by a rebuild with two events at the given age. */
  private long replacedBefore(Duration age) throws Exception {
    Instant then = now.minus(age);
    BatchJob batch = new BatchJob(lake.spark(), lake.settings(), Clock.fixed(then, ZoneOffset.UTC));
    lake.arrive(Records.event("1", "d", "2026-01-30T10:00:00Z", 1));
    batch.run(view, new BatchRequest.Whole());
    lake.arrive(Records.event("2", "d", "2026-01-30T11:00:00Z", 1));
    long replaced =
        batch
            .run(view, new BatchRequest.Rebuild("a test"))
            .output()
            .replacedVersion()
            .orElseThrow();
    age(then);
    return replaced;
  }

  private void maintain(Duration promised) {
    KeptVersions kept = new KeptVersions(promised);
    kept.keepLog(table);
    List<Run> runs = new Runs(lake.lake()).of(view);
    new MaintenanceJob(lake.spark()).compact(table, kept.retention(WEEK, runs, now));
  }

  /** Sums a column because Delta would answer a count from the log, without the data files. */
  private long events(long version) {
    return table.readAt(version).agg(sum("event_count")).first().getLong(0);
  }

  /** Backdates the files and Delta's commits. */
  private void age(Instant then) throws Exception {
    String removedAt = "\"deletionTimestamp\":" + then.toEpochMilli();
    try (Stream<Path> files = Files.walk(Path.of(table.path()))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (file.toString().endsWith(".json")) {
          Files.writeString(file, REMOVED_AT.matcher(Files.readString(file)).replaceAll(removedAt));
        } else if (file.toString().endsWith(".json.crc")) {
          Files.delete(file);
        }
      }
    }

    try (Stream<Path> files = Files.walk(Path.of(table.path()))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.setLastModifiedTime(file, FileTime.from(then));
      }
    }

    DeltaLog.clearCache();
  }
}
