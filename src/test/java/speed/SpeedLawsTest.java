package speed;

import static org.apache.spark.sql.functions.current_timestamp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import common.event.Events;
import common.metrics.Metrics;
import common.metrics.View;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.StreamingQuery;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestSpark;

/** Batch and streaming runs of one view over the same events agree. */
class SpeedLawsTest {
  record Arrival(int batch, String body) {}

  /**
   * However a history is cut into micro-batches and reordered, the stream's view equals the batch
   * view.
   */
  @Property(tries = 4, shrinking = ShrinkingMode.OFF)
  void withoutLateEventsTheStreamEqualsTheBatch(@ForAll("histories") List<Arrival> arrivals)
      throws Exception {
    List<View> views =
        List.of(
            TestSpark.settings(Map.of()).views().named("device_daily_metrics"),
            TestSpark.settings(Map.of()).views().named("user_activity_summary"));
    TreeMap<Integer, List<String>> batches = new TreeMap<>();
    arrivals.forEach(
        arrival ->
            batches.computeIfAbsent(arrival.batch(), any -> new ArrayList<>()).add(arrival.body()));
    for (View view : views) {
      Map<List<Object>, Row> streamed = streamed(view, batches.values());

      Dataset<Row> events =
          Events.accepted(
                  Events.parse(
                      Records.dataset(arrivals.stream().map(Arrival::body).toArray(String[]::new)),
                      Duration.ZERO,
                      current_timestamp()))
              .dropDuplicates("event_key", "event_date");
      Map<List<Object>, Row> batch =
          byWindow(Metrics.aggregate(events, view).collectAsList(), view);

      assertThat(streamed.keySet()).isEqualTo(batch.keySet());
      batch.forEach((window, row) -> assertAgree(view, row, streamed.get(window)));
    }
  }

  private static void assertAgree(View view, Row batch, Row stream) {
    for (String measure : view.measureNames()) {
      Object expected = batch.getAs(measure);
      Object actual = stream.getAs(measure);
      if (measure.equals("median_temperature") && expected != null) {
        double min = batch.getAs("min_temperature");
        double max = batch.getAs("max_temperature");
        assertThat((double) actual).isBetween(min, max);
      } else if (expected instanceof Double number) {
        assertThat((double) actual)
            .as(measure)
            .isCloseTo(number, offset(1e-9 * (1 + Math.abs(number))));
      } else {
        assertThat(actual).as(measure).isEqualTo(expected);
      }
    }
  }

  private static Map<List<Object>, Row> streamed(View view, Iterable<List<String>> batches)
      throws Exception {
    RecordStream stream = new RecordStream();
    Map<List<Object>, Row> latest = new HashMap<>();
    Path checkpoint = Files.createTempDirectory("checkpoint");
    StreamingQuery query =
        SpeedStream.of(
                stream,
                view,
                Duration.ZERO,
                Duration.ofDays(30),
                checkpoint,
                (rows, id) -> latest.putAll(byWindow(rows.collectAsList(), view)))
            .start();
    for (List<String> batch : batches) {
      stream.add(batch);
      query.processAllAvailable();
    }

    query.stop();
    return latest;
  }

  private static Map<List<Object>, Row> byWindow(List<Row> rows, View view) {
    Map<List<Object>, Row> byWindow = new HashMap<>();
    for (Row row : rows) {
      byWindow.put(List.of(row.getAs(view.keys().get(0)), row.getAs(View.WINDOW_START)), row);
    }

    return byWindow;
  }

  @Provide
  Arbitrary<List<Arrival>> histories() {
    Instant start = Instant.parse("2026-01-30T12:00:00Z");
    return Combinators.combine(
            Arbitraries.integers().between(0, 3),
            Arbitraries.integers().between(0, 60),
            Arbitraries.integers().between(0, 36 * 60),
            Arbitraries.integers().between(-50, 50))
        .as(
            (batch, id, minute, value) -> {
              // The id determines device, user and time, as it does for duplicates of an event.
              Instant time = start.plus(Duration.ofMinutes(minute / 61 * 61 + id));
              String identity = "%d-%d".formatted(id, minute / 61);
              return new Arrival(
                  batch,
                  """
                  {"eventId":"%s","deviceId":"d%d","eventTimestamp":"%s","temperature":%d.5,\
                  "userId":"u%d","eventType":"login","sessionDuration":%d,"revenue":%d.25}"""
                      .formatted(
                          identity,
                          id % 3,
                          time,
                          identity.hashCode() % 50,
                          id % 5,
                          id,
                          minute / 61));
            })
        .list()
        .ofMinSize(1)
        .ofMaxSize(80);
  }
}
