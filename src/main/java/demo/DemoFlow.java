package demo;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.ingest.IngestJob;
import batch.ingest.IngestReport;
import batch.ingest.IngestSource;
import common.alerts.Alert;
import common.alerts.AlertLog;
import common.lake.Lake;
import common.metrics.View;
import common.ops.Run;
import common.ops.StreamAccount;
import common.settings.Settings;
import common.streaming.RunningQueries;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import serving.query.Accuracy;
import serving.query.QueryRouter;
import serving.query.RowFilter;
import speed.SpeedJob;

/**
 * The demo's steps: history into the master dataset and the batch view, then live events into the
 * speed view, then the unified view, then the batch side catching up.
 */
final class DemoFlow {
  private static final Logger LOG = LoggerFactory.getLogger(DemoFlow.class);
  private static final double HISTORY = 0.8;
  private static final int LIVE_STEPS = 8;
  private static final long STEP_MILLIS = 1_500;

  private final SparkSession spark;
  private final Settings settings;
  private final View view;
  private final EventSender topic;
  private final List<Sent> sent = new ArrayList<>();

  DemoFlow(SparkSession spark, Settings settings, View view, EventSender topic) {
    this.spark = spark;
    this.settings = settings;
    this.view = view;
    this.topic = topic;
  }

  /** When a message was sent. */
  private record Sent(Message message, Instant at) {}

  DemoReport run(List<Message> messages) throws Exception {
    int historyEnd = (int) (messages.size() * HISTORY);
    IngestJob ingest = new IngestJob(spark, settings);
    BatchJob batch = new BatchJob(spark, settings, Clock.systemUTC());

    LOG.info("1/5 history: {} records to the topic and the master dataset", historyEnd);
    topic.send(messages.subList(0, historyEnd));
    IngestReport firstIngest = ingest.drain(new IngestSource.Kafka());
    LOG.info("2/5 batch view and boundary");
    Run firstBatch = batch.run(view, new BatchRequest.Whole());

    LOG.info("3/5 live: {} more records while the speed job runs", messages.size() - historyEnd);
    StreamAccount.Split speed = live(messages.subList(historyEnd, messages.size()));
    LOG.info("4/5 unified view");
    List<Row> unified = aroundBoundary(firstBatch.output().boundary().orElse(Instant.EPOCH));

    LOG.info("5/5 the batch side catches up");
    IngestReport secondIngest = ingest.drain(new IngestSource.Kafka());
    // A full run, because the report shows the counts of all events; the counts of an incremental
    // run cover only the recomputed dates.
    Run secondBatch = batch.run(view, new BatchRequest.Whole());
    return new DemoReport(
        List.of(firstIngest, secondIngest),
        List.of(firstBatch, secondBatch),
        speed,
        unified,
        alerts());
  }

  private List<DemoReport.TimedAlert> alerts() {
    AlertLog log = new AlertLog(new Lake(spark, settings.lakeRoot()));
    return log.current(view).stream()
        .filter(Alert::wasRaised)
        .map(alert -> new DemoReport.TimedAlert(alert, sinceSent(alert)))
        .toList();
  }

  /**
   * The time between sending the key's first live event after the start of the alert's window and
   * raising the alert.
   */
  private Optional<Duration> sinceSent(Alert alert) {
    return sent.stream()
        .filter(of -> alert.subject().keys().containsValue(of.message().key()))
        .filter(of -> !of.message().arrival().isBefore(alert.since().start()))
        .findFirst()
        .flatMap(first -> alert.raisedAt().map(raised -> Duration.between(first.at(), raised)));
  }

  private StreamAccount.Split live(List<Message> messages)
      throws InterruptedException, ExecutionException, TimeoutException {
    SpeedJob job = new SpeedJob(spark, settings);
    try (RunningQueries queries = job.follow(List.of(view))) {
      queries.processAllAvailable();
      for (int step = 0; step < LIVE_STEPS; step++) {
        int from = messages.size() * step / LIVE_STEPS;
        int to = messages.size() * (step + 1) / LIVE_STEPS;
        Instant now = Instant.now();
        messages.subList(from, to).forEach(message -> sent.add(new Sent(message, now)));
        topic.send(messages.subList(from, to));
        TimeUnit.MILLISECONDS.sleep(STEP_MILLIS);
      }

      queries.processAllAvailable();
    }

    return job.account(view);
  }

  private List<Row> aroundBoundary(Instant boundary) {
    QueryRouter router = new QueryRouter(spark, new Lake(spark, settings.lakeRoot()));
    return DemoReport.around(
        boundary,
        router
            .rows(view, Accuracy.any, new RowFilter(Optional.empty(), Optional.empty()))
            .collectAsList());
  }
}
