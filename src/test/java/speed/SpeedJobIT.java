package speed;

import static org.apache.spark.sql.functions.current_timestamp;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.event.Events;
import common.metrics.Metrics;
import common.metrics.View;
import common.metrics.Window;
import common.ops.StreamAccount;
import common.settings.Duplicates;
import common.settings.Policy;
import common.streaming.Checkpoint;
import common.streaming.Ledger;
import common.streaming.LedgerListener;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.metrics.source.CodegenMetrics;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import speed.sink.delta.DeltaSink;
import testing.Checkpoints;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestLake;
import testing.TestSpark;

class SpeedJobIT {
  private static final Duration TOLERANCE = Duration.ofMinutes(2);

  @TempDir private Path folder;
  private TestLake lake;
  private View minutes;
  private Ledger ledger;

  @BeforeEach
  void emptyLake() {
    lake = new TestLake(folder);
    minutes = lake.view("device_metrics");
    ledger = new Ledger(lake.spark(), lake.lake(), Policy.fail);
  }

  @Test
  void aWindowFollowsItsEventsUntilTheWatermarkClosesIt() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, minutes);

    stream.add(List.of(Records.event("1", "d", "2026-01-31T10:00:10Z", 20)));
    query.processAllAvailable();
    assertThat(counts()).containsExactly("10:00=1");

    // On time because the newest event is less than two minutes ahead.
    stream.add(
        List.of(
            Records.event("2", "d", "2026-01-31T10:01:50Z", 21),
            Records.event("3", "d", "2026-01-31T10:00:50Z", 22)));
    query.processAllAvailable();
    assertThat(counts()).containsExactly("10:00=2", "10:01=1");

    // A duplicate is dropped, whether in the same micro-batch or in a later one.
    stream.add(
        List.of(
            Records.event("3", "d", "2026-01-31T10:00:50Z", 22),
            Records.event("4", "d", "2026-01-31T10:04:00Z", 23),
            Records.event("4", "d", "2026-01-31T10:04:00Z", 23)));
    query.processAllAvailable();
    assertThat(counts()).containsExactly("10:00=2", "10:01=1", "10:04=1");

    // The watermark is at 10:02; earlier events are left to the batch layer.
    stream.add(
        List.of(
            Records.event("5", "d", "2026-01-31T10:01:59Z", 24),
            Records.event("6", "d", "2026-01-31T10:02:01Z", 25),
            "not json"));
    query.processAllAvailable();
    query.stop();

    assertThat(counts()).containsExactly("10:00=2", "10:01=1", "10:02=1", "10:04=1");
    assertThat(account()).isEqualTo(new StreamAccount.Split(9, 5, 2, 1, 1));
    assertThat(account().balances()).isTrue();
    // Events more than a minute behind the newest event: the second event 3, and events 5 and 6.
    assertThat(outOfOrder(query)).isEqualTo(3);
  }

  /** Spark's windows alone would accept a late event while its window is open. */
  @Test
  void theSameEventsAreLateWhenDuplicatesAreCounted() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, minutes, Duplicates.count);
    stream.add(
        List.of(
            Records.event("1", "d", "2026-01-31T10:00:10Z", 20),
            Records.event("2", "d", "2026-01-31T10:04:30Z", 20)));
    query.processAllAvailable();
    stream.add(
        List.of(
            Records.event("1", "d", "2026-01-31T10:00:10Z", 20),
            Records.event("2", "d", "2026-01-31T10:04:30Z", 20),
            Records.event("3", "d", "2026-01-31T10:02:30Z", 20),
            Records.event("4", "d", "2026-01-31T10:02:31Z", 20),
            "not json"));
    query.processAllAvailable();
    query.stop();

    assertThat(counts()).containsExactly("10:00=1", "10:02=1", "10:04=2");
    assertThat(account()).isEqualTo(new StreamAccount.Split(7, 4, 0, 2, 1));
    assertThat(outOfOrder(query)).isEqualTo(3);
  }

  private static long outOfOrder(StreamingQuery query) {
    return Arrays.stream(query.recentProgress())
        .flatMap(progress -> Stream.ofNullable(progress.observedMetrics().get("records")))
        .mapToLong(row -> row.<Long>getAs("out_of_order"))
        .sum();
  }

  @Test
  void aMicroBatchReplayedAfterAKillChangesNothing() throws Exception {
    RecordStream stream = new RecordStream();
    StreamingQuery first = start(stream, minutes);
    stream.add(List.of(Records.event("1", "d", "2026-01-31T10:00:10Z", 20)));
    first.processAllAvailable();
    stream.add(List.of(Records.event("2", "d", "2026-01-31T10:00:20Z", 30)));
    first.processAllAvailable();
    first.stop();
    List<Row> before = rows(minutes);
    Checkpoints.removeLastCommit(folder.resolve("checkpoint"));

    StreamingQuery again = start(stream, minutes);
    again.processAllAvailable();
    stream.add(List.of(Records.event("3", "d", "2026-01-31T10:01:00Z", 40)));
    again.processAllAvailable();
    again.stop();

    assertThat(rows(minutes).subList(0, 1)).isEqualTo(before);
    assertThat(counts()).containsExactly("10:00=2", "10:01=1");
  }

  @Test
  void aStaleMicroBatchChangesNothingAfterAnotherJobCommittedALaterOne() {
    lake.lake().of(minutes).create();
    DeltaSink sink = new DeltaSink(minutes, lake.lake().speedView(minutes), TOLERANCE);
    String one = Records.event("1", "d", "2026-01-31T10:00:10Z", 20);
    String two = Records.event("2", "d", "2026-01-31T10:00:20Z", 30);
    SparkContext context = lake.spark().sparkContext();
    context.setLocalProperty(Checkpoint.QUERY_ID, "the query of both jobs");
    try {
      sink.call(changed(one), 0L);
      sink.call(changed(one, two), 1L);
      sink.call(changed(one), 0L);
    } finally {
      context.setLocalProperty(Checkpoint.QUERY_ID, null);
    }

    assertThat(counts()).containsExactly("10:00=2");
  }

  private Dataset<Row> changed(String... bodies) {
    Dataset<Row> records = Records.dataset(bodies);
    Dataset<Row> events =
        Events.accepted(
            Events.parse(records, lake.settings().maxFutureSkew(), current_timestamp()));
    return Metrics.aggregate(events, minutes).withColumn(View.COMPUTED_AT, current_timestamp());
  }

  @Test
  void aSessionAppearsOnceItIsClosed() throws Exception {
    View sessions =
        new View(
            "sessions",
            minutes.keys(),
            new Window.Session(Duration.ofMinutes(10)),
            minutes.measures(),
            minutes.clusterBy());
    RecordStream stream = new RecordStream();
    StreamingQuery query = start(stream, sessions);

    stream.add(
        List.of(
            Records.event("1", "d", "2026-01-31T10:00:00Z", 20),
            Records.event("2", "d", "2026-01-31T10:09:00Z", 21)));
    query.processAllAvailable();
    assertThat(rows(sessions)).isEmpty();

    stream.add(List.of(Records.event("3", "d", "2026-01-31T10:30:00Z", 22)));
    query.processAllAvailable();
    query.stop();

    assertThat(rows(sessions))
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row.<Object>getAs(View.WINDOW_START)).hasToString("2026-01-31T10:00:00Z");
              assertThat(row.<Object>getAs(View.WINDOW_END)).hasToString("2026-01-31T10:19:00Z");
              assertThat(row.<Long>getAs("event_count")).isEqualTo(2);
            });
  }

  @Test
  void anUnknownSinkIsRejectedNamingTheConfigKey() {
    TestLake typo = new TestLake(folder, Map.of("speed.sinks", "[detla]"));

    assertThatThrownBy(() -> SpeedJob.sinks(typo.settings()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("speed.sinks")
        .hasMessageContaining("[delta, redis, cosmos, alerts]");
  }

  /** A class recompiled in a micro-batch also loses its JIT-compiled code. */
  @Test
  void aWarmMicroBatchCompilesOnlyClassesThatContainTheWatermark() throws Exception {
    RecordStream stream = new RecordStream();
    List<Long> compiled = new ArrayList<>();
    VoidFunction2<Dataset<Row>, Long> sink =
        (rows, batchId) -> {
          rows.collectAsList();
          compiled.add(CodegenMetrics.METRIC_COMPILATION_TIME().getCount());
        };
    StreamingQuery query = query(stream, minutes, Duplicates.drop, sink).start();
    for (int minute = 10; minute < 16; minute++) {
      stream.add(
          List.of(Records.event("e" + minute, "d", "2026-01-31T10:%d:00Z".formatted(minute), 20)));
      query.processAllAvailable();
    }
    query.stop();

    int last = compiled.size() - 1;
    // Micro-batches with and without data, after the watermark has moved.
    assertThat(last).isGreaterThanOrEqualTo(8);
    for (int i = last - 3; i <= last; i++) {
      assertThat(compiled.get(i) - compiled.get(i - 1))
          .as("micro-batch %d of %s", i, compiled)
          .isLessThanOrEqualTo(2);
    }
  }

  private StreamingQuery start(RecordStream stream, View view) throws Exception {
    return start(stream, view, Duplicates.drop);
  }

  private StreamingQuery start(RecordStream stream, View view, Duplicates duplicates)
      throws Exception {
    lake.lake().of(view).create();
    ledger.open(
        folder.toString(), new Checkpoint(lake.spark(), folder.resolve("checkpoint").toString()));
    TestSpark.session().streams().addListener(new LedgerListener(ledger));
    DeltaSink sink = new DeltaSink(view, lake.lake().speedView(view), TOLERANCE);
    return query(stream, view, duplicates, sink).queryName(folder.toString()).start();
  }

  private DataStreamWriter<Row> query(
      RecordStream stream,
      View view,
      Duplicates duplicates,
      VoidFunction2<Dataset<Row>, Long> sink) {
    return SpeedStream.of(
        stream,
        view,
        lake.settings().maxFutureSkew(),
        TOLERANCE,
        duplicates,
        folder.resolve("checkpoint"),
        sink);
  }

  /** Progress events arrive shortly after the reported micro-batch. */
  private StreamAccount.Split account() throws Exception {
    TestSpark.session().sparkContext().listenerBus().waitUntilEmpty();
    return ledger.of(folder.toString());
  }

  private List<Row> rows(View view) {
    return lake.lake()
        .speedView(view)
        .read()
        .drop(View.COMPUTED_AT, "unique_users__sketch")
        .orderBy(View.WINDOW_START)
        .collectAsList();
  }

  private List<String> counts() {
    return rows(minutes).stream()
        .map(
            row ->
                row.getAs(View.WINDOW_START).toString().substring(11, 16)
                    + "="
                    + row.getAs("event_count"))
        .toList();
  }
}
