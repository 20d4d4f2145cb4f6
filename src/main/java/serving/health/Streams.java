package serving.health;

import common.settings.Thresholds;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Checks that streaming queries run, keep up with the topic, and drop few records. */
record Streams(Thresholds.Speed limits) {

  /**
   * The findings for one query. Files are ingested on demand, so the age and pace of ingest are
   * checked only if ingest has read a topic.
   *
   * @param view name of the view that the query maintains; {@link Finding#LAKE} for ingest
   */
  List<Finding> judge(String view, QueryFacts query, Instant now) {
    Limit limit = new Limit(view);
    if (query.isIngest() && query.backlog().isEmpty()) {
      return rejected(limit, query).toList();
    }

    Optional<Instant> seen = query.lastSeen();
    if (seen.isEmpty()) {
      return List.of(Finding.of(view, query.label(), Light.yellow, "has not run yet"));
    }

    return Stream.of(
            Stream.of(age(limit, query, Duration.between(seen.get(), now))),
            pace(limit, query),
            backlog(limit, query),
            query.isIngest() ? Stream.<Finding>empty() : disorder(limit, query),
            rejected(limit, query),
            query.isIngest() ? Stream.<Finding>empty() : state(limit, query))
        .flatMap(findings -> findings)
        .toList();
  }

  private Finding age(Limit limit, QueryFacts query, Duration age) {
    String newest = query.newestEvent().map(at -> "; newest event " + at).orElse("");
    return limit.atMost(
        query.label(),
        age,
        query.isIngest() ? limits.ingestAge() : limits.age(),
        "last seen at %s%s".formatted(query.lastSeen().orElseThrow(), newest));
  }

  private Stream<Finding> pace(Limit limit, QueryFacts query) {
    QueryFacts.Pace pace = query.pace();
    String name = query.label();
    return Stream.of(
            pace.p95()
                .map(
                    p95 ->
                        limit.atMost(
                            name + " duration",
                            p95,
                            longer(limits.microBatch(), query.interval()),
                            "95th percentile of the micro-batches of the last hour")),
            pace.longest()
                .map(
                    longest ->
                        limit.atMost(
                            name + " checkpoint",
                            longest,
                            longer(limits.checkpointInterval(), query.interval()),
                            "longest micro-batch of the last hour, which a restart would repeat")),
            pace.latency()
                .map(
                    latency ->
                        limit.atMost(
                            name + " latency",
                            latency,
                            // A record can wait a whole interval for its micro-batch, and the
                            // micro-batch may take another interval.
                            longer(limits.latency(), query.interval().multipliedBy(2)),
                            "95th percentile, from the oldest record of a micro-batch to its result")),
            pace.capacity()
                .filter(capacity -> capacity.mostRecords() >= limits.throughput())
                .map(
                    capacity ->
                        limit.atLeast(
                            name + " throughput",
                            capacity.perSecond(),
                            limits.throughput(),
                            "records per second in the fastest micro-batch of the last hour")))
        .flatMap(Optional::stream);
  }

  private Stream<Finding> backlog(Limit limit, QueryFacts query) {
    String name = query.label();
    return query.backlog().stream()
        .flatMap(
            backlog ->
                Stream.concat(
                    Stream.of(
                        limit.atMost(
                            name + " backlog",
                            backlog.records(),
                            limits.backlog(),
                            "records not read yet"),
                        limit.atMost(
                            name + " backlog-growth",
                            backlog.growth(),
                            limits.backlogGrowth(),
                            "records within the last hour")),
                    query.pace().capacity().stream()
                        .map(
                            capacity ->
                                limit.atMost(
                                    name + " replay",
                                    capacity.toRead(backlog.records()),
                                    limits.replay(),
                                    "to read the backlog at %,d records per second"
                                        .formatted(capacity.perSecond())))));
  }

  private Stream<Finding> disorder(Limit limit, QueryFacts query) {
    QueryFacts.Records records = query.records();
    if (records.read() == 0) {
      return Stream.empty();
    }

    String name = query.label();
    return Stream.concat(
        records.outOfOrder().stream()
            .map(
                outOfOrder ->
                    share(
                        limit,
                        name + " out-of-order",
                        outOfOrder,
                        records.read(),
                        limits.outOfOrderShare())),
        Stream.of(
            share(limit, name + " late", records.late(), records.read(), limits.lateShare())));
  }

  private Stream<Finding> rejected(Limit limit, QueryFacts query) {
    QueryFacts.Records records = query.records();
    return records.read() == 0
        ? Stream.empty()
        : Stream.of(
            share(
                limit,
                query.label() + " rejected",
                records.rejected(),
                records.read(),
                limits.rejectedShare()));
  }

  private Stream<Finding> state(Limit limit, QueryFacts query) {
    return Stream.of(
        limit.atMost(
            query.label() + " state",
            query.state().rows(),
            limits.stateRows(),
            "rows of streaming state"),
        limit.atMost(
            query.label() + " state-size (MB)",
            query.state().bytes() / Limit.MEGABYTE,
            limits.stateBytes() / Limit.MEGABYTE,
            "memory of the streaming state"));
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
