package endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import common.lake.Boundaries;
import common.metrics.DateRange;
import common.metrics.View;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import serving.compaction.CompactionJob;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import speed.sink.delta.DeltaSink;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestLake;

/**
 * However events arrive and jobs interleave, the unified view holds every window once, and before
 * the boundary it equals one exact computation. {@code -Djqwik.tries.default} has no effect here;
 * raise {@code tries} to search longer. A failure is not shrunk, because jqwik does not stop a step
 * that takes too long, and later tests would share the session with that step.
 */
class BoundaryLawsIT {
  private static final Instant START = Instant.parse("2026-01-30T22:00:00Z");
  private static final Duration TOLERANCE = Duration.ofMinutes(2);
  private static final RowFilter ALL = new RowFilter(Optional.empty(), Optional.empty());

  enum Step {
    ARRIVE,
    INGEST,
    STREAM,
    BATCH,
    BATCH_ALL,
    BATCH_DAY,
    COMPACT,
    MOVE_BACK
  }

  /**
   * A step and its parameters.
   *
   * @param offsets seconds by which each arriving event is older than the newest
   */
  record Action(Step step, int choice, List<Integer> offsets) {}

  record Event(String id, String device, Instant time) {
    String window() {
      return device + " " + time.truncatedTo(ChronoUnit.MINUTES);
    }

    String body() {
      return Records.event(id, device, time.toString(), 1);
    }
  }

  @Property(tries = 4, shrinking = ShrinkingMode.OFF)
  void everyWindowIsAnsweredOnceAndExactlyBeforeTheBoundary(
      @ForAll("histories") List<Action> history) throws Exception {
    World world = new World(Files.createTempDirectory("laws"));
    try {
      for (Action action : history) {
        world.take(action);
        world.check();
      }

      world.catchUp();
      world.check();
    } finally {
      world.stream.stop();
    }
  }

  @Provide
  Arbitrary<List<Action>> histories() {
    // Mostly in order; some minutes late, some hours or days.
    Arbitrary<Integer> behind =
        Arbitraries.frequencyOf(
            net.jqwik.api.Tuple.of(8, Arbitraries.integers().between(-240, 60)),
            net.jqwik.api.Tuple.of(2, Arbitraries.integers().between(120, 1_200)),
            net.jqwik.api.Tuple.of(1, Arbitraries.integers().between(3_600, 200_000)));
    Arbitrary<Step> step =
        Arbitraries.frequency(
            net.jqwik.api.Tuple.of(4, Step.ARRIVE),
            net.jqwik.api.Tuple.of(2, Step.INGEST),
            net.jqwik.api.Tuple.of(3, Step.STREAM),
            net.jqwik.api.Tuple.of(2, Step.BATCH),
            net.jqwik.api.Tuple.of(1, Step.BATCH_ALL),
            net.jqwik.api.Tuple.of(1, Step.BATCH_DAY),
            net.jqwik.api.Tuple.of(2, Step.COMPACT),
            net.jqwik.api.Tuple.of(1, Step.MOVE_BACK));
    return Combinators.combine(
            step, Arbitraries.integers().between(0, 1_000), behind.list().ofSize(8))
        .as(Action::new)
        .list()
        .ofSize(14);
  }

  /** The lake under test, and a model of it in plain collections. */
  private static final class World {
    private final TestLake lake;
    private final View view;
    private final StreamingQuery stream;
    private final RecordStream source = new RecordStream();
    private final List<Event> log = new ArrayList<>();
    private final Map<String, Long> everStreamed = new HashMap<>();
    private final Set<String> onTime = new HashSet<>();
    private int ingested;
    private int streamed;
    private int counted;
    private Map<String, Long> batch = new TreeMap<>();

    World(Path folder) throws Exception {
      lake =
          new TestLake(
              folder,
              TestLake.fewMeasures(
                  Map.of(
                      "serving.settle", "0 seconds",
                      "serving.batch-lag", "5 minutes",
                      "speed.retention", "4 minutes")));
      view = lake.view("device_metrics");
      lake.lake().of(view).create();
      stream =
          SpeedStream.of(
                  source,
                  view,
                  lake.settings().maxFutureSkew(),
                  TOLERANCE,
                  folder.resolve("checkpoint"),
                  new DeltaSink(view, lake.lake().speedView(view), TOLERANCE))
              .start();
    }

    void take(Action action) throws Exception {
      switch (action.step()) {
        case ARRIVE -> arrive(action);
        case INGEST -> ingest(ingested + (log.size() - ingested) * action.choice() / 1_000);
        case STREAM -> stream();
        case BATCH -> batch(new BatchRequest.Incremental());
        case BATCH_ALL -> batch(new BatchRequest.Whole());
        case BATCH_DAY -> {
          LocalDate day = LocalDate.ofInstant(START, ZoneOffset.UTC).plusDays(action.choice() % 2);
          batch(new BatchRequest.Days(new DateRange(day, day)));
        }
        case COMPACT -> new CompactionJob(lake.spark(), lake.settings(), clock()).run(view);
        case MOVE_BACK -> moveBack(action.choice() % 10);
      }
    }

    void catchUp() throws Exception {
      ingest(log.size());
      stream();
      batch(new BatchRequest.Incremental());
      new CompactionJob(lake.spark(), lake.settings(), clock()).run(view);
    }

    private void arrive(Action action) {
      for (int behind : action.offsets()) {
        Instant newest = log.stream().map(Event::time).max(Instant::compareTo).orElse(START);
        Instant time = newest.minusSeconds(behind);
        Event event = new Event("e" + log.size(), "d" + Math.floorMod(behind, 3), time);
        // Sometimes a duplicate of an earlier event.
        log.add(behind % 11 == 0 && !log.isEmpty() ? log.get(log.size() / 2) : event);
        if (!time.isBefore(newest.minus(TOLERANCE))) {
          onTime.add(log.get(log.size() - 1).id());
        }
      }
    }

    private void ingest(int until) {
      if (until > ingested) {
        lake.arrive(log.subList(ingested, until).stream().map(Event::body).toArray(String[]::new));
        ingested = until;
      }
    }

    private void stream() {
      if (streamed < log.size()) {
        source.add(log.subList(streamed, log.size()).stream().map(Event::body).toList());
        streamed = log.size();
        stream.processAllAvailable();
        lake.lake()
            .speedView(view)
            .read()
            .collectAsList()
            .forEach(row -> everStreamed.put(window(row), row.getAs("event_count")));
      }
    }

    private void batch(BatchRequest request) {
      if (ingested == 0) {
        return;
      }

      new BatchJob(lake.spark(), lake.settings(), clock()).run(view, request);
      Map<String, Long> exact = exact(log.subList(0, ingested));
      if (request instanceof BatchRequest.Days days) {
        String day = days.range().from().toString();
        batch.keySet().removeIf(window -> window.contains(day));
        exact.forEach(
            (window, count) -> {
              if (window.contains(day)) {
                batch.put(window, count);
              }
            });
      } else {
        counted = ingested;
        batch = exact;
      }
    }

    private void moveBack(int minutes) {
      boundary()
          .ifPresent(
              at ->
                  new Boundaries(lake.lake())
                      .publish(
                          view,
                          at.minus(Duration.ofMinutes(minutes)),
                          Boundaries.Origin.manual,
                          clock().instant(),
                          Duration.ZERO));
    }

    /** Asserts that the result equals the model, window by window. */
    void check() {
      Map<String, Long> expected = new TreeMap<>();
      Instant boundary = boundary().orElse(Instant.MIN);
      batch.forEach(expected::put);
      everStreamed.forEach(
          (window, count) -> {
            if (!start(window).isBefore(boundary)) {
              expected.put(window, count);
            }
          });

      Map<String, Long> answered = new TreeMap<>();
      for (Row row :
          new QueryRouter(lake.spark(), lake.lake())
              .rows(view, Accuracy.any, ALL)
              .collectAsList()) {
        assertThat(answered.put(window(row), row.getAs("event_count")))
            .as("answered once: " + window(row))
            .isNull();
      }

      assertThat(answered).isEqualTo(expected);
      Set<String> known = new HashSet<>();
      log.subList(0, counted).forEach(event -> known.add(event.window()));
      log.subList(0, streamed).stream()
          .filter(event -> onTime.contains(event.id()))
          .forEach(event -> known.add(event.window()));
      assertThat(answered.keySet()).as("no gap").containsAll(known);
    }

    private Optional<Instant> boundary() {
      return new Boundaries(lake.lake()).current(view);
    }

    private static Map<String, Long> exact(List<Event> events) {
      Map<String, Long> counts = new TreeMap<>();
      Set<String> seen = new HashSet<>();
      for (Event event : events) {
        if (seen.add(event.id())) {
          counts.merge(event.window(), 1L, Long::sum);
        }
      }

      return counts;
    }

    private static String window(Row row) {
      return row.getAs("device_id") + " " + row.getAs(View.WINDOW_START);
    }

    private static Instant start(String window) {
      return Instant.parse(window.substring(window.indexOf(' ') + 1));
    }

    private static Clock clock() {
      return Clock.systemUTC();
    }
  }
}
