package bench;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares the speed job with Flink, both writing a filled topic to Redis, with deduplication on
 * both sides or on neither.
 */
final class SpeedThroughput {
  private final Workplace workplace;
  private final Deduplication deduplication;

  SpeedThroughput(Workplace workplace, Deduplication deduplication) {
    this.workplace = workplace;
    this.deduplication = deduplication;
  }

  void run() throws Exception {
    long small = workplace.quick() ? 50_000 : 1_000_000;
    long large = workplace.quick() ? 150_000 : 4_000_000;
    try (Services services = Services.start(workplace)) {
      services.fillTopics(List.of(small, large));
      SpeedCommands commands = new SpeedCommands(workplace, services);
      String name = "speed-throughput-" + deduplication;
      new Comparison(
              name,
              List.of(flink(commands), ours(commands)),
              small,
              large,
              workplace.quick() ? 1 : 3,
              workplace,
              Set.of("unique_users"))
          .run(System.out, name);
    }
  }

  private Contender ours(SpeedCommands commands) {
    return new Contender(
        "the speed job, " + deduplication,
        "4 GB heap, conf/jvm-long.options, batches of speed.max-records-per-batch",
        commands.ours(
            List.of("speed", "--view", "device_metrics", "--once"),
            "events-{size}",
            "{run}",
            "speed.sinks=[redis]",
            "speed.duplicates=" + deduplication.setting()),
        workplace.longRunning(),
        (run, size) -> Answers.hashes(commands.services(), SpeedCommands.keysOfOurs(run)));
  }

  private Contender flink(SpeedCommands commands) {
    return new Contender(
        "Flink 2.2, " + deduplication,
        "4 GB heap, conf/jvm-long.options, parallelism 2, heap state, object reuse, fires each second",
        commands.flink("events-{size}", "{run}", deduplication, "bounded"),
        Map.of(),
        (run, size) -> Answers.hashes(commands.services(), SpeedCommands.keysOfFlink(run)));
  }
}
