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
    long large = workplace.quick() ? 60_000 : 500_000;
    try (Services services = Services.start(workplace)) {
      services.fillTopics(List.of(small, large));
      SpeedCommands commands = new SpeedCommands(workplace, services);

      new Comparison(
              "speed-views",
              List.of(
                  job(commands, "one view, one sink", "device_metrics", "[redis]"),
                  job(commands, "one view, two sinks", "device_metrics", "[redis, delta]"),
                  job(
                      commands,
                      "three views, two sinks",
                      "device_metrics,device_daily_metrics,user_activity_summary",
                      "[redis, delta]")),
              small,
              large,
              workplace.quick() ? 1 : 2,
              workplace,
              Set.of("unique_users"))
          .run(System.out, "speed-views");
    }
  }

  private Contender job(SpeedCommands commands, String name, String views, String sinks) {
    return new Contender(
        name,
        "4 GB heap, micro-batches of 100,000; %s in %s".formatted(views, sinks),
        commands.ours(
            List.of("speed", "--view", views, "--once"),
            "events-{size}",
            "{run}",
            "speed.sinks=" + sinks,
            "speed.max-records-per-batch=100000"),
        workplace.longRunning(),
        (run, size) -> Answers.hashes(commands.services(), SpeedCommands.keysOfOurs(run)));
  }
}
