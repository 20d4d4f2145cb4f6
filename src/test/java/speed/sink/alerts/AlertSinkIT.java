package speed.sink.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import common.alerts.Alert;
import common.alerts.AlertLog;
import common.metrics.View;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import speed.sink.Sink;
import testing.Checkpoints;
import testing.RecordStream;
import testing.Records;
import testing.SpeedStream;
import testing.TestLake;

class AlertSinkIT {
  @TempDir private Path folder;
  private final RecordStream stream = new RecordStream();
  private final List<String> sent = new ArrayList<>();

  @Test
  void closedWindowsRaiseAndResolveAnAlertOncePerId() throws Exception {
    TestLake lake = lake(Map.of());
    StreamingQuery query = start(lake);

    hot("10:00", 90);
    query.processAllAvailable();
    assertThat(alerts(lake)).as("10:00 is open").isEmpty();

    hot("10:01", 95);
    hot("10:03:30", 50);
    query.processAllAvailable();
    assertThat(alerts(lake)).containsExactly("d HIGH_TEMP critical firing 10:00 90.0");

    hot("10:06:30", 50);
    query.processAllAvailable();
    query.stop();
    assertThat(alerts(lake)).containsExactly("d HIGH_TEMP critical resolved 10:00 90.0");
  }

  /**
   * A row without an anomaly level can resolve its key's alert, even if the alert is raised in the
   * same micro-batch.
   */
  @Test
  void howTheStreamIsCutIntoMicroBatchesDoesNotMatter() throws Exception {
    TestLake lake = lake(Map.of("views.device_metrics.levels.on", "update"));
    StreamingQuery query = start(lake);

    hot("10:00", 90);
    hot("10:01", 50);
    hot("10:02", 91);
    hot("10:03", 50);
    query.processAllAvailable();
    query.stop();
    assertThat(alerts(lake))
        .containsExactly(
            "d HIGH_TEMP critical resolved 10:00 90.0", "d HIGH_TEMP critical resolved 10:02 91.0");
  }

  @Test
  void openWindowsAreJudgedEachTimeThatTheyChangeIfConfigured() throws Exception {
    TestLake lake = lake(Map.of("views.device_metrics.levels.on", "update"));
    StreamingQuery query = start(lake);

    hot("10:00", 20);
    query.processAllAvailable();
    assertThat(alerts(lake)).containsExactly("d LOW_TEMP warning firing 10:00 20.0");

    hot("10:00:30", 60);
    query.processAllAvailable();
    query.stop();
    assertThat(alerts(lake)).containsExactly("d LOW_TEMP warning resolved 10:00 20.0");
  }

  @Test
  void aMicroBatchReplayedAfterAKillAddsNothing() throws Exception {
    TestLake lake = lake(Map.of("views.device_metrics.levels.on", "update"));
    StreamingQuery first = start(lake);
    hot("10:00", 90);
    first.processAllAvailable();
    hot("10:01", 50);
    first.processAllAvailable();
    first.stop();
    Checkpoints.removeLastCommit(folder.resolve("checkpoint"));

    StreamingQuery again = start(lake);
    again.processAllAvailable();
    hot("10:02", 91);
    again.processAllAvailable();
    again.stop();

    assertThat(new AlertLog(lake.lake()).revisions(lake.view("device_metrics")))
        .extracting(alert -> "%s %d".formatted(alert.state(), alert.revision()))
        .containsExactly("firing 0", "resolved 1", "firing 0");
  }

  @Test
  void aRestartedJobKnowsWhatIsPendingAndWhatIsFiring() throws Exception {
    TestLake lake =
        lake(
            Map.of(
                "views.device_metrics.levels.on",
                "update",
                "views.device_metrics.levels.for",
                "2"));
    StreamingQuery first = start(lake);
    hot("10:00", 90);
    first.processAllAvailable();
    first.stop();
    assertThat(alerts(lake)).containsExactly("d HIGH_TEMP critical pending 10:00 90.0");

    StreamingQuery second = start(lake);
    hot("10:01", 91);
    second.processAllAvailable();
    second.stop();
    assertThat(alerts(lake)).containsExactly("d HIGH_TEMP critical firing 10:00 90.0");

    StreamingQuery third = start(lake);
    hot("10:02", 50);
    third.processAllAvailable();
    third.stop();
    assertThat(alerts(lake)).containsExactly("d HIGH_TEMP critical resolved 10:00 90.0");
  }

  private TestLake lake(Map<String, String> overrides) {
    Map<String, String> all = new HashMap<>(TestLake.fewMeasures("speed.sinks", "[alerts]"));
    all.putAll(overrides);
    return new TestLake(folder.resolve("lake"), all);
  }

  private StreamingQuery start(TestLake lake) throws Exception {
    View view = lake.view("device_metrics");
    AlertSink sink = AlertSink.open(lake.spark(), view, lake.lake(), lake.settings());
    return SpeedStream.of(
            stream,
            view,
            Duration.ofMinutes(10),
            Duration.ofMinutes(2),
            folder.resolve("checkpoint"),
            sink)
        .outputMode(sink.emission() == Sink.Emission.closed ? "append" : "update")
        .start();
  }

  private void hot(String time, double temperature) {
    String second = time.length() == 5 ? time + ":00" : time;
    sent.add(time);
    stream.add(
        List.of(
            Records.event(
                String.valueOf(sent.size()), "d", "2026-01-31T" + second + "Z", temperature)));
  }

  private static List<String> alerts(TestLake lake) {
    return new AlertLog(lake.lake())
        .current(lake.view("device_metrics")).stream().map(AlertSinkIT::line).toList();
  }

  private static String line(Alert alert) {
    return "%s %s %s %s %s %s"
        .formatted(
            alert.subject().keys().get("device_id"),
            alert.subject().level(),
            alert.severity(),
            alert.state(),
            alert.since().start().toString().substring(11, 16),
            alert.reading().value().orElseThrow());
  }
}
