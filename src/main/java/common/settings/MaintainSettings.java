package common.settings;

import java.time.Duration;

/** The section {@code maintain}. */
public record MaintainSettings(Duration vacuumRetention, Duration keepReplaced) {
  /** The minimum: below it, vacuum would remove files that readers and time travel need. */
  public static final Duration VACUUM_FLOOR = Duration.ofDays(7);

  static MaintainSettings read(Section maintain) {
    Duration retention = maintain.notNegative("vacuum-retention");
    if (retention.compareTo(VACUUM_FLOOR) < 0) {
      throw maintain.invalid("vacuum-retention", "at least " + VACUUM_FLOOR.toHours() + " hours");
    }

    return new MaintainSettings(retention, maintain.notNegative("keep-replaced"));
  }
}
