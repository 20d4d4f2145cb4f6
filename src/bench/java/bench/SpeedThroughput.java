package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares the speed job writing to Redis with Flink over a filled topic: first with deduplication
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
      for (long size : List.of(small, large)) {
        System.err.printf("Sending %,d events ...%n", size);
        Events.fill(services.brokers(), "events-" + size, size);
      }

      for (Deduplication deduplication : Deduplication.values()) {
        String name = "speed-throughput-" + deduplication;
        new Comparison(
                name,
                List.of(flink(services, deduplication), ours(services, deduplication)),
                small,
                large,
                workplace.quick() ? 1 : 3,
                workplace.folder(),
                Set.of("unique_users"))
            .run(System.out, workplace.json(name));
        System.out.println();
      }
    }
  }

  private Contender ours(Services services, Deduplication deduplication) {
    List<String> command =
        workplace.command(
            List.of("speed", "--view", "device_metrics", "--once"),
            "lake.root=" + workplace.folder().resolve("{run}"),
            "kafka.bootstrap-servers=" + services.brokers(),
            "kafka.topic=events-{size}",
            "speed.duplicates=" + deduplication.setting(),
            "speed.sinks=[redis]",
            "speed.redis.port=" + services.redisPort(),
            "speed.redis.key-prefix={run}");
    return new Contender(
        "the speed job, " + deduplication,
        "4 GB heap, batches of speed.max-records-per-batch",
        command,
        Workplace.LONG_RUNNING,
        (run, size) -> Answers.hashes(services, run + ":device_metrics:{%s}"));
  }

  private Contender flink(Services services, Deduplication deduplication) {
    List<String> command = new ArrayList<>(workplace.rival("rival.FlinkSpeed"));
    command.addAll(
        List.of(
            services.brokers(),
            "events-{size}",
            String.valueOf(services.redisPort()),
            "{run}",
            deduplication.name(),
            "bounded"));
    return new Contender(
        "Flink 2.2, " + deduplication,
        "4 GB heap, parallelism 2, heap state, object reuse, fires each second",
        command,
        Map.of(),
        (run, size) -> Answers.hashes(services, run + ":%s"));
  }
}
