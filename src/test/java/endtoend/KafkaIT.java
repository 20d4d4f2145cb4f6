package endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.ingest.IngestJob;
import batch.ingest.IngestReport;
import batch.ingest.IngestSource;
import common.Failure;
import common.metrics.View;
import common.metrics.Window;
import common.ops.StreamAccount;
import common.ops.StreamProgress;
import common.streaming.RunningQueries;
import demo.LocalBroker;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import speed.SpeedJob;
import testing.JobDescriptions;
import testing.Records;
import testing.SharedData;
import testing.TestLake;

/** Ingest and the speed job against a real broker. */
class KafkaIT {
  private static final RowFilter ALL = new RowFilter(Optional.empty(), Optional.empty());

  @TempDir private Path folder;
  private LocalBroker broker;
  private TestLake lake;

  @BeforeEach
  void startBroker() throws Exception {
    broker = LocalBroker.start(folder.resolve("broker"), LocalBroker.freePort());
    broker.createTopic("events", 1);
    lake =
        new TestLake(
            folder.resolve("lake"),
            Map.of(
                "kafka.bootstrap-servers",
                broker.address(),
                "speed.max-records-per-batch",
                "100000",
                "speed.delta.trigger",
                "1 second"));
  }

  @AfterEach
  void stopBroker() {
    broker.close();
  }

  @Test
  void energyReplayedThroughKafkaEqualsItsBatchAnswer() throws Exception {
    View view = lake.view("device_daily_metrics");
    send(lines(SharedData.path("energy/events.jsonl.gz")));

    StreamAccount.Split account = speed(view);
    IngestReport ingested =
        new IngestJob(lake.spark(), lake.settings()).drain(new IngestSource.Kafka());
    Map<List<Object>, Row> streamed = answer(view, Accuracy.latest);
    assertThat(streamed.values()).allMatch(row -> row.getAs(View.SOURCE).equals("speed"));
    new BatchJob(lake.spark(), lake.settings(), Clock.systemUTC())
        .run(view, new BatchRequest.Whole());
    Map<List<Object>, Row> exact = answer(view, Accuracy.exact);

    assertThat(ingested).isEqualTo(new IngestReport(236_820, Map.of()));
    assertThat(account).isEqualTo(new StreamAccount.Split(236_820, 236_820, 0, 0, 0));
    assertThat(exact).hasSize(1_656);
    assertThat(streamed.keySet()).isEqualTo(exact.keySet());
    exact.forEach((window, row) -> assertAgree(view, row, streamed.get(window)));
  }

  @Test
  void bothGoOnWhereTheyEndedAndRejectedRecordsAreKept() throws Exception {
    View view = lake.view("device_metrics");
    String first = Records.event("1", "d", "2026-01-31T10:00:00Z", 1);
    send(List.of(first, "not json"));
    IngestJob ingest = new IngestJob(lake.spark(), lake.settings());
    assertThat(ingest.drain(new IngestSource.Kafka()))
        .isEqualTo(new IngestReport(1, Map.of("malformed-json", 1L)));
    assertThat(speed(view)).isEqualTo(new StreamAccount.Split(2, 1, 0, 0, 1));

    send(List.of(first, Records.event("2", "d", "2026-01-31T10:00:30Z", 3)));
    assertThat(ingest.drain(new IngestSource.Kafka())).isEqualTo(new IngestReport(2, Map.of()));
    assertThat(speed(view)).isEqualTo(new StreamAccount.Split(2, 1, 1, 0, 0));

    assertThat(answer(view, Accuracy.latest).values())
        .singleElement()
        .satisfies(row -> assertThat(row.<Long>getAs("event_count")).isEqualTo(2));
    Row rejected = lake.lake().quarantine().read().first();
    assertThat(rejected.<String>getAs("source")).isEqualTo("kafka:events");
    assertThat(rejected.<Integer>getAs("partition")).isZero();
    assertThat(rejected.<Long>getAs("offset")).isEqualTo(1);
    assertThat(rejected.<Object>getAs("record_time")).isNotNull();
  }

  @Test
  void aFollowingJobRunsWithoutDataOnlyWhereASessionMayClose() throws Exception {
    View minutes = lake.view("device_metrics");
    Window gap = new Window.Session(Duration.ofMinutes(5));
    View sessions =
        new View("sessions", minutes.keys(), gap, minutes.measures(), minutes.clusterBy());
    send(List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 1)));

    assertThat(microBatchesWithoutData(minutes)).isZero();
    assertThat(microBatchesWithoutData(sessions)).isPositive();
  }

  private long microBatchesWithoutData(View view) throws Exception {
    SpeedJob job = new SpeedJob(lake.spark(), lake.settings());
    try (RunningQueries queries = job.follow(List.of(view))) {
      queries.processAllAvailable();
      send(List.of(Records.event(view.name(), "d", "2026-01-31T10:30:00Z", 1)));
      queries.processAllAvailable();
    }

    List<Row> batches =
        new StreamProgress(lake.spark(), lake.lake())
            .of(StreamProgress.speedQuery(view, "delta"))
            .selectExpr("read", "state_bytes")
            .collectAsList();
    assertThat(batches)
        .hasSizeGreaterThanOrEqualTo(2)
        .anySatisfy(batch -> assertThat(batch.getLong(1)).as("state_bytes").isPositive());
    return batches.stream().filter(batch -> batch.getLong(0) == 0).count();
  }

  @Test
  void everySparkJobOfTheSpeedJobSaysWhatItIsFor() throws Exception {
    send(List.of(Records.event("1", "d", "2026-01-31T10:00:00Z", 1)));

    try (JobDescriptions jobs = JobDescriptions.listen()) {
      speed(lake.view("device_metrics"));

      assertThat(jobs.all())
          .isNotEmpty()
          .allSatisfy(
              description ->
                  assertThat(description)
                      .hasValueSatisfying(
                          text ->
                              assertThat(text)
                                  .containsPattern(
                                      "^(Delta: )?(speed device_metrics( delta)?|ledger): ")));
      assertThat(jobs.all())
          .contains(
              Optional.of(
                  "speed device_metrics delta: micro-batch 0: aggregate and find the dates"),
              Optional.of(
                  "speed device_metrics delta: micro-batch 0: merge into DATE'2026-01-31'"));
    }
  }

  @Test
  void anUnreachableBrokerIsAFailureThatNamesIt() throws IOException {
    TestLake nowhere =
        new TestLake(
            folder.resolve("other"),
            Map.of("kafka.bootstrap-servers", "127.0.0.1:" + LocalBroker.freePort()));

    assertThatThrownBy(
            () ->
                new IngestJob(nowhere.spark(), nowhere.settings()).drain(new IngestSource.Kafka()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("127.0.0.1")
        .hasMessageContaining("kafka.bootstrap-servers");
  }

  private StreamAccount.Split speed(View view) throws Exception {
    SpeedJob job = new SpeedJob(lake.spark(), lake.settings());
    try (RunningQueries queries = job.drain(List.of(view))) {
      queries.await();
    }

    return job.account(view);
  }

  private Map<List<Object>, Row> answer(View view, Accuracy accuracy) {
    return new QueryRouter(lake.spark(), lake.lake())
        .rows(view, accuracy, ALL).collectAsList().stream()
            .collect(
                Collectors.toMap(
                    row -> List.of(row.getAs("device_id"), row.getAs(View.WINDOW_START)),
                    row -> row));
  }

  private static void assertAgree(View view, Row exact, Row streamed) {
    for (String measure : view.measureNames()) {
      Object expected = exact.getAs(measure);
      Object actual = streamed.getAs(measure);
      if (expected instanceof Double number && !measure.equals("median_temperature")) {
        assertThat((double) actual).as(measure).isCloseTo(number, withinPercentage(1e-7));
      } else if (expected instanceof Double) {
        assertThat((double) actual)
            .isBetween(exact.<Double>getAs("min_temperature"), exact.getAs("max_temperature"));
      } else {
        assertThat(actual).as(measure).isEqualTo(expected);
      }
    }
  }

  private void send(List<String> bodies) {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.address()),
            new StringSerializer(),
            new StringSerializer())) {
      bodies.forEach(body -> producer.send(new ProducerRecord<>("events", body)));
      producer.flush();
    }
  }

  private static List<String> lines(Path file) throws IOException {
    try (BufferedReader reader =
            new BufferedReader(
                new InputStreamReader(
                    new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.UTF_8));
        Stream<String> lines = reader.lines()) {
      return lines.toList();
    }
  }
}
