package bench;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares the speed job with Flink, both writing a filled topic to Redis: first with deduplication
 * on both sides, then without.
 */
final class SpeedThroughput {
  private final Workplace workplace;

  SpeedThroughput(Workplace workplace) {
    this.workplace = workplace;
  }

  void run() throws Exception {
    long small = workplace.quick() ? 50_000 : 300_000;
    long large = workplace.quick() ? 150_000 : 1_300_000;
    try (Services services = Services.start(workplace)) {
      services.fillTopics(List.of(small, large));
      SpeedCommands commands = new SpeedCommands(workplace, services);

      for (Deduplication deduplication : Deduplication.values()) {
        String name = "speed-throughput-" + deduplication;
        new Comparison(
                name,
                List.of(flink(commands, deduplication), ours(commands, deduplication)),
                small,
                large,
                workplace.quick() ? 1 : 3,
                workplace,
                Set.of("unique_users"))
            .run(System.out, name);
        System.out.println();
      }
    }
  }

  private Contender ours(SpeedCommands commands, Deduplication deduplication) {
    return new Contender(
        "the speed job, " + deduplication,
        "4 GB heap, batches of speed.max-records-per-batch",
        commands.ours(
            List.of("speed", "--view", "device_metrics", "--once"),
            "events-{size}",
            "{run}",
            "speed.sinks=[redis]",
            "speed.duplicates=" + deduplication.setting()),
        workplace.longRunning(),
        (run, size) -> Answers.hashes(commands.services(), SpeedCommands.keysOfOurs(run)));
  }

  private static Contender flink(SpeedCommands commands, Deduplication deduplication) {
    return new Contender(
        "Flink 2.2, " + deduplication,
        "4 GB heap, parallelism 2, heap state, object reuse, fires each second",
        commands.flink("events-{size}", "{run}", deduplication, "bounded"),
        Map.of(),
        (run, size) -> Answers.hashes(commands.services(), SpeedCommands.keysOfFlink(run)));
  }
}
