package bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares the cost of the batch job with the cost of DuckDB over the same master dataset files,
 * for one view.
 */
final class BatchCost {
  private static final List<String> USER_MEASURES =
      List.of(
          "total_events",
          "unique_devices",
          "login_count",
          "transaction_count",
          "avg_session_duration",
          "max_session_duration",
          "total_revenue");

  private final Workplace workplace;
  private final String view;

  BatchCost(Workplace workplace, String view) {
    this.workplace = workplace;
    this.view = view;
  }

  void run() throws Exception {
    long small = workplace.quick() ? 20_000 : 2_000_000;
    long large = workplace.quick() ? 60_000 : 20_000_000;
    for (long size : List.of(small, large)) {
      System.err.printf("Ingesting %,d events ...%n", size);
      Events.write(workplace.folder().resolve("events-" + size), size);
      workplace.ingest(
          workplace.folder().resolve("events-" + size), workplace.folder().resolve("lake-" + size));
    }

    new Comparison(
            "batch " + view,
            List.of(duckDb(), ours()),
            small,
            large,
            workplace.quick() ? 1 : 2,
            workplace,
            Set.of())
        .run(System.out, "batch-" + view);
  }

  private Contender ours() {
    // Each run recomputes the whole view, so runs can share a lake.
    return new Contender(
        "the batch job",
        "4 GB heap, conf/jvm-long.options, two shuffle partitions",
        workplace.command(
            List.of("batch", "--view", view),
            "lake.root=" + workplace.folder().resolve("lake-{size}")),
        Map.of(),
        (run, size) ->
            Answers.sums(
                Answers.newestFiles(
                    workplace.folder().resolve("lake-%d/batch/%s".formatted(size, view))),
                key(),
                measures()));
  }

  private Contender duckDb() {
    List<String> command =
        new ArrayList<>(workplace.rival("rival.DuckDbBatch", "jvm-short.options"));
    command.addAll(
        List.of(
            workplace.folder().resolve("lake-{size}/master/events").toString(),
            workplace.folder().resolve("{run}.parquet").toString(),
            view));
    return new Contender(
        "DuckDB 1.5.6",
        "two threads, exact distinct and median, deduplication by row_number",
        command,
        Map.of(),
        (run, size) ->
            Answers.sums(
                "'%s'".formatted(workplace.folder().resolve(run + ".parquet")), key(), measures()));
  }

  private boolean ofUsers() {
    return view.equals("user_activity_summary");
  }

  private String key() {
    return ofUsers() ? "user_id" : "device_id";
  }

  private List<String> measures() {
    if (ofUsers()) {
      return USER_MEASURES;
    }

    List<String> measures = new ArrayList<>(Answers.MEASURES);
    if (view.equals("device_daily_metrics")) {
      measures.add("median_temperature");
    }

    return measures;
  }
}
