package batch.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.KeyAlerts;
import common.metrics.View;
import common.ops.StreamAccount;
import common.ops.StreamProgress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.JudgedRows;
import testing.Records;
import testing.TestLake;

/** The tests record the speed layer's alerts directly; the batch runs are real. */
class AlertReviewIT {
  private static final Instant TEN = Instant.parse("2026-01-31T10:00:00Z");

  @TempDir private Path folder;
  private TestLake lake;
  private View view;
  private AlertLog log;
  private final List<String> arrivals = new ArrayList<>();
  private int events;
  private Instant now = Instant.parse("2026-01-31T12:00:00Z");

  @BeforeEach
  void start() {
    lake = new TestLake(folder, TestLake.fewMeasures("serving.batch-lag", "1 minute"));
    view = lake.view("device_metrics");
    log = new AlertLog(lake.lake());
    log.create();
    watchedSince(TEN);
  }

  @Test
  void exactRowsConfirmOverturnAndAddAlerts() {
    speed(0, "HIGH_TEMP", 90);
    speed(1, "NORMAL", 50);
    speed(2, "HIGH_TEMP", 90);
    speed(3, "NORMAL", 50);
    arrive(0, 90);
    arrive(1, 50);
    arrive(2, 90);
    arrive(2, 40); // came too late for the speed view
    arrive(3, 50);
    arrive(3, 10);
    arrive(3, 10); // average 23.3
    arrive(10, 50);

    batch(new BatchRequest.Whole());

    assertThat(verdicts())
        .containsExactly(
            "10:00 HIGH_TEMP confirmed 90.0 exact 90.0",
            "10:02 HIGH_TEMP overturned 90.0 exact 65.0",
            "10:03 LOW_TEMP missed 23.3 exact 23.3");
  }

  @Test
  void aLateEventOverturnsAConfirmedAlertAndARepeatedReviewAddsNothing() {
    speed(0, "HIGH_TEMP", 90);
    speed(1, "NORMAL", 50);
    speed(9, "HIGH_TEMP", 90);
    arrive(0, 90);
    arrive(1, 50);
    arrive(9, 50);
    arrive(10, 50);
    batch(new BatchRequest.Incremental());
    // The boundary is at 10:09.
    assertThat(verdicts())
        .containsExactly("10:00 HIGH_TEMP confirmed 90.0 exact 90.0", "10:09 HIGH_TEMP null 90.0");
    int revisions = log.revisions(view).size();
    batch(new BatchRequest.Whole());
    assertThat(log.revisions(view)).hasSize(revisions);

    arrive(0, 20);
    arrive(20, 50);
    batch(new BatchRequest.Incremental());
    assertThat(verdicts())
        .containsExactly(
            "10:00 HIGH_TEMP overturned 90.0 exact 55.0",
            "10:09 HIGH_TEMP overturned 90.0 exact 50.0");
  }

  /** The position of the boundary does not show that earlier windows were recomputed. */
  @Test
  void aRunThatWasKilledAfterItsCommitIsReviewedByTheNext(@TempDir Path killed) throws Exception {
    speed(0, "HIGH_TEMP", 90);
    speed(1, "NORMAL", 50);
    arrive(0, 90);
    arrive(1, 50);
    arrive(10, 50);
    batch(new BatchRequest.Incremental());
    assertThat(verdicts()).containsExactly("10:00 HIGH_TEMP confirmed 90.0 exact 90.0");
    lake.arrive(Records.event("late", "d", TEN.plusSeconds(9).toString(), 20));
    TestLake before = lake.copy(killed);
    batch(new BatchRequest.Incremental());
    before.replace("batch/device_metrics", lake);

    lake = before;
    log = new AlertLog(lake.lake());
    batch(new BatchRequest.Incremental());

    assertThat(verdicts()).containsExactly("10:00 HIGH_TEMP overturned 90.0 exact 55.0");
  }

  private void watchedSince(Instant oldest) {
    new StreamProgress(lake.spark(), lake.lake())
        .append(
            List.of(
                new StreamAccount(
                    StreamProgress.speedQuery(view, "alerts"),
                    "id",
                    0,
                    oldest,
                    0,
                    List.of(),
                    Optional.of(StreamAccount.Split.EMPTY),
                    Optional.empty(),
                    Optional.empty(),
                    new StreamAccount.Observed(
                        Optional.of(oldest),
                        Optional.of(oldest),
                        Optional.empty(),
                        Optional.empty()),
                    StreamAccount.State.EMPTY)));
  }

  /** Evaluates a row as the speed layer saw the row. */
  private void speed(int minute, String level, double value) {
    KeyAlerts alerts = new KeyAlerts(AlertRule.of(view), log.current(view));
    Instant start = TEN.plus(Duration.ofMinutes(minute));
    log.append(alerts.judge(JudgedRows.of(start, level, value), start.plusSeconds(90)));
  }

  private void arrive(int minute, double temperature) {
    events++;
    arrivals.add(
        Records.event(
            String.valueOf(events),
            "d",
            TEN.plus(Duration.ofMinutes(minute)).plusSeconds(5).toString(),
            temperature));
  }

  private void batch(BatchRequest request) {
    if (!arrivals.isEmpty()) {
      lake.arrive(arrivals.toArray(String[]::new));
      arrivals.clear();
    }

    now = now.plusSeconds(60);
    new BatchJob(lake.spark(), lake.settings(), Clock.fixed(now, ZoneOffset.UTC))
        .run(view, request);
  }

  private List<String> verdicts() {
    return log.current(view).stream()
        .map(
            alert ->
                "%s %s %s %.1f%s"
                    .formatted(
                        alert.since().start().toString().substring(11, 16),
                        alert.subject().level(),
                        alert.verdict().map(Enum::name).orElse("null"),
                        alert.reading().value().orElseThrow(),
                        alert.exactValue().map(" exact %.1f"::formatted).orElse("")))
        .toList();
  }
}
