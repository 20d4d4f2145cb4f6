package serving.health;

import common.settings.Thresholds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Judges streaming queries: whether they run and keep up with the topic, and what they drop. */
record Streams(Thresholds.Speed limits) {

  /**
   * The findings for one query. Files are ingested when somebody asks for it, so ingest is judged
   * by its age and pace only if it last read a topic.
   *
   * @param view name of the view that it maintains; {@link Finding#LAKE} for ingest
   */
  List<Finding> judge(String view, QueryFacts query, Instant now) {
    Limit limit = new Limit(view);
    if (query.isIngest() && query.backlog().isEmpty()) {
      return rejected(limit, query);
    }

    String name = query.label();
    Optional<Instant> seen = query.lastSeen();
    if (seen.isEmpty()) {
      return List.of(Finding.of(view, name, Light.yellow, "has not run yet"));
    }

    String newest = query.newestEvent().map(at -> "; newest event " + at).orElse("");
    List<Finding> findings = new ArrayList<>();
    findings.add(
        limit.atMost(
            name,
            Duration.between(seen.get(), now),
            query.isIngest() ? limits.ingestAge() : limits.age(),
            "last seen at %s%s".formatted(seen.get(), newest)));
    query
        .p95()
        .map(
            p95 ->
                limit.atMost(
                    name + " duration",
                    p95,
                    longer(limits.microBatch(), query.interval()),
                    "95th percentile of the micro-batches of the last hour"))
        .ifPresent(findings::add);
    query
        .latency()
        .map(
            latency ->
                limit.atMost(
                    name + " latency",
                    latency,
                    // A record can wait a whole interval for its micro-batch, which may take as
                    // long.
                    longer(limits.latency(), query.interval().multipliedBy(2)),
                    "95th percentile, from the oldest record of a micro-batch to its result"))
        .ifPresent(findings::add);
    query
        .backlog()
        .map(
            records ->
                limit.atMost(name + " backlog", records, limits.backlog(), "records not read yet"))
        .ifPresent(findings::add);
    if (query.read() > 0 && !query.isIngest()) {
      findings.add(share(limit, name + " late", query.late(), query.read(), limits.lateShare()));
    }

    findings.addAll(rejected(limit, query));

    if (!query.isIngest()) {
      findings.add(
          limit.atMost(
              name + " state", query.stateRows(), limits.stateRows(), "rows of streaming state"));
    }

    return findings;
  }

  private List<Finding> rejected(Limit limit, QueryFacts query) {
    return query.read() == 0
        ? List.of()
        : List.of(
            share(
                limit,
                query.label() + " rejected",
                query.rejected(),
                query.read(),
                limits.rejectedShare()));
  }

  private static Finding share(Limit limit, String check, long part, long whole, double most) {
    return limit.shareAtMost(
        check,
        (double) part / whole,
        most,
        "%,d of %,d records of the last hour".formatted(part, whole));
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
