package common.settings;

import java.time.Duration;
import java.util.List;

/** The section {@code speed}. */
public record SpeedSettings(
    Duration lateTolerance,
    Duplicates duplicates,
    Duration retention,
    String startingOffsets,
    long maxRecordsPerBatch,
    List<String> sinks,
    Duration deltaTrigger,
    RedisSettings redis,
    CosmosSettings cosmos,
    AlertSettings alerts) {
  static SpeedSettings read(Section speed) {
    return new SpeedSettings(
        speed.notNegative("late-tolerance"),
        speed.oneOf("duplicates", Duplicates.values()),
        speed.positive("retention"),
        speed.oneOf("starting-offsets", List.of("earliest", "latest")),
        speed.largeNumber("max-records-per-batch"),
        speed.texts("sinks"),
        speed.positive("delta.trigger"),
        RedisSettings.read(speed.in("redis")),
        CosmosSettings.read(speed.in("cosmos")),
        AlertSettings.read(speed.in("alerts")));
  }
}
