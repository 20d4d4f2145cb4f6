package bench;

import java.util.List;
import java.util.Set;

/** Measures the cost of additional views and sinks in one speed job over a filled topic. */
final class SpeedViews {
  private final Workplace workplace;

  SpeedViews(Workplace workplace) {
    this.workplace = workplace;
  }

  void run() throws Exception {
    long small = workplace.quick() ? 30_000 : 100_000;
    long large = workplace.quick() ? 60_000 : 800_000;
    try (Services services = Services.start(workplace)) {
      for (long size : List.of(small, large)) {
        System.err.printf("Sending %,d events ...%n", size);
        Events.fill(services.brokers(), "events-" + size, size);
      }

      new Comparison(
              "speed-views",
              List.of(
                  job(services, "one view, one sink", "device_metrics", "[redis]"),
                  job(services, "one view, two sinks", "device_metrics", "[redis, delta]"),
                  job(
                      services,
                      "three views, two sinks",
                      "device_metrics,device_daily_metrics,user_activity_summary",
                      "[redis, delta]")),
              small,
              large,
              workplace.quick() ? 1 : 3,
              workplace.folder(),
              Set.of("unique_users"))
          .run(System.out, workplace.json("speed-views"));
    }
  }

  private Contender job(Services services, String name, String views, String sinks) {
    List<String> command =
        workplace.command(
            List.of("speed", "--view", views, "--once"),
            "lake.root=" + workplace.folder().resolve("{run}"),
            "kafka.bootstrap-servers=" + services.brokers(),
            "kafka.topic=events-{size}",
            "speed.sinks=" + sinks,
            "speed.max-records-per-batch=100000",
            "speed.redis.port=" + services.redisPort(),
            "speed.redis.key-prefix={run}");
    return new Contender(
        name,
        "4 GB heap, micro-batches of 100,000; %s in %s".formatted(views, sinks),
        command,
        Workplace.LONG_RUNNING,
        (run, size) -> Answers.hashes(services, run + ":device_metrics:{%s}"));
  }
}
