package batch.maintenance;

import common.lake.LakeTable;
import common.lake.TableState;
import common.ops.Run;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Guarantees that a version replaced by a rebuild or a restore can be restored for some time.
 *
 * @param promised how long a version remains restorable after the run that replaced it
 */
public record KeptVersions(Duration promised) {
  private static final List<String> LOG_RETENTION =
      List.of("delta.logRetentionDuration", "delta.deletedFileRetentionDuration");
  private static final Duration SPARE = Duration.ofDays(7);

  /** The vacuum retention, extended so that every guaranteed version is kept. */
  public Duration retention(Duration wanted, List<Run> runs, Instant now) {
    return runs.stream()
        .filter(run -> run.output().replacedVersion().isPresent())
        .map(Run::startedAt)
        .filter(replacedAt -> replacedAt.plus(promised).isAfter(now))
        .map(replacedAt -> Duration.between(replacedAt, now).plusHours(1))
        .filter(age -> age.compareTo(wanted) > 0)
        .max(Comparator.naturalOrder())
        .orElse(wanted);
  }

  /**
   * Extends the table's log and deleted-file retention to match: a version cannot be read without
   * the commit log that leads to it, and vacuum knows the age of a replaced file only while the log
   * records its removal.
   */
  public void keepLog(LakeTable table) {
    if (!table.exists()) {
      return;
    }

    String interval = "interval %d days".formatted(promised.plus(SPARE).toDays());
    TableState state = table.state();
    for (String property : LOG_RETENTION) {
      if (!state.property(property).equals(Optional.of(interval))) {
        table.setProperty(property, interval);
      }
    }
  }
}
