package demo;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.ingest.IngestJob;
import batch.ingest.IngestSource;
import common.Failure;
import common.metrics.View;
import common.session.Session;
import common.settings.Settings;
import common.streaming.RunningQueries;
import java.io.PrintWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import serving.server.LakeServer;
import speed.SpeedJob;

/**
 * Keeps the web page of the demo's lake open until the JVM is asked to stop. Meanwhile, the devices
 * continue to report, the speed job counts their events, and a batch run starts every minute.
 *
 * @param port to listen on; 0 for any free one
 */
record LivePage(Session session, Settings settings, View view, EventSender topic, int port) {
  private static final Logger LOG = LoggerFactory.getLogger(LivePage.class);
  static final String HOST = "127.0.0.1";
  private static final Duration BETWEEN_SENDS = Duration.ofSeconds(5);
  private static final Duration BETWEEN_BATCH_RUNS = Duration.ofMinutes(1);
  private static final Duration TICK = Duration.ofSeconds(1);

  /**
   * Serves the lake.
   *
   * @param devices empty for a lake that no longer changes
   * @throws Failure when the port cannot be opened, or a job fails
   */
  void keepOpen(Optional<LiveDevices> devices, PrintWriter out) throws Exception {
    try (StopSignal stop = StopSignal.install();
        LakeServer server = LakeServer.start(session, settings, HOST, port)) {
      String scheme = settings.serve().tls().isPresent() ? "https" : "http";
      out.printf(
          "%nServing it at %s://%s:%d/ until Ctrl-C%s%n",
          scheme,
          HOST,
          server.port(),
          devices.isPresent()
              ? "; the devices continue to report, and a batch run starts every minute"
              : "");
      out.flush();
      if (devices.isEmpty()) {
        stop.await();
        return;
      }

      try {
        goOn(devices.get(), stop);
      } catch (Exception failed) {
        if (!stop.isAsked()) {
          throw failed;
        }

        LOG.info("The current step was not completed: {}", Failure.reason(failed));
      }
    }
  }

  private void goOn(LiveDevices devices, StopSignal stop) throws Exception {
    SpeedJob speed = new SpeedJob(session.spark(), settings);
    try (RunningQueries queries = speed.follow(List.of(view))) {
      Instant nextSend = Instant.now();
      Instant nextBatchRun = nextSend.plus(BETWEEN_BATCH_RUNS);
      while (!stop.isAsked()) {
        Instant now = Instant.now();
        if (!now.isBefore(nextSend)) {
          topic.send(devices.due(now));
          nextSend = now.plus(BETWEEN_SENDS);
        }

        if (!now.isBefore(nextBatchRun)) {
          runBatch();
          nextBatchRun = now.plus(BETWEEN_BATCH_RUNS);
        }

        queries.await(TICK);
      }

      queries.processAllAvailable();
    }
  }

  private void runBatch() throws Exception {
    new IngestJob(session.spark(), settings).drain(new IngestSource.Kafka());
    new BatchJob(session.spark(), settings, Clock.systemUTC())
        .run(view, new BatchRequest.Incremental());
  }
}
