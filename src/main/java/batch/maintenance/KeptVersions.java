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
 * The promise that a version which a rebuild or a restore replaced can be restored for a while.
 *
 * @param promised how long, from the run that replaced it
 */
public record KeptVersions(Duration promised) {
  private static final List<String> LOG_RETENTION =
      List.of("delta.logRetentionDuration", "delta.deletedFileRetentionDuration");
  private static final Duration SPARE = Duration.ofDays(7);

  /** The vacuum retention, lengthened so that every promised version is left alone. */
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
   * A version cannot be read without the commit log that leads to it; and vacuum knows the age of a
   * replaced file only as long as the log remembers that it was replaced.
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
