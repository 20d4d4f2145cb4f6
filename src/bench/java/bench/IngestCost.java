package bench;

import java.util.List;
import java.util.Set;

/** Measures the cost per event of ingest, from a filled topic and from files. */
final class IngestCost {
  private static final List<String> COLUMNS =
      List.of("temperature", "energy_consumed", "session_duration", "revenue");

  private final Workplace workplace;

  IngestCost(Workplace workplace) {
    this.workplace = workplace;
  }

  void run() throws Exception {
    long small = workplace.quick() ? 5_000 : 500_000;
    long large = workplace.quick() ? 10_000 : 2_000_000;
    try (Services services = Services.start(workplace)) {
      services.fillTopics(List.of(small, large));
      for (long size : List.of(small, large)) {
        Events.write(workplace.folder().resolve("events-" + size), size);
      }

      List<String> files =
          List.of(
              "ingest",
              "--from",
              workplace.folder().resolve("events-{size}").toString(),
              "--format",
              "json");
      new Comparison(
              "ingest",
              List.of(
                  contender(
                      "from Kafka",
                      "micro-batches of ingest.max-records-per-batch",
                      workplace.command(
                          List.of("ingest", "--from", "kafka", "--once"),
                          lake(),
                          "kafka.bootstrap-servers=" + services.brokers(),
                          "kafka.topic=events-{size}")),
                  contender(
                      "from files",
                      "both compilers, as for a long backfill",
                      workplace.command(files, lake()))),
              small,
              large,
              workplace.quick() ? 1 : 3,
              workplace,
              Set.of())
          .run(System.out, "ingest");
    }
  }

  private String lake() {
    return "lake.root=" + workplace.folder().resolve("{run}");
  }

  private Contender contender(String name, String settings, List<String> command) {
    return new Contender(
        name,
        "4 GB heap, " + settings,
        command,
        workplace.longRunning(),
        (run, size) ->
            Answers.sums(
                Answers.allFiles(workplace.folder().resolve(run + "/master/events")),
                "device_id",
                COLUMNS));
  }
}
