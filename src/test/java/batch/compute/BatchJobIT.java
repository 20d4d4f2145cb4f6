package batch.compute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import batch.maintenance.MaintenanceJob;
import common.Failure;
import common.lake.LakeTable;
import common.metrics.DateRange;
import common.metrics.View;
import common.ops.Run;
import common.ops.Runs;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Records;
import testing.TestLake;

class BatchJobIT {
  private static final Instant NOW = Instant.parse("2026-02-10T00:00:00Z");

  @TempDir private static Path shared;
  private static TestLake built;

  @TempDir private Path folder;
  private TestLake lake;
  private View minutes;
  private View days;

  @BeforeAll
  static void threeDaysOfEvents() {
    built = new TestLake(shared, TestLake.fewMeasures("serving.batch-lag", "10 minutes"));
    built.arrive(
        Records.event("1", "d", "2026-01-29T10:00:00Z", 1),
        Records.event("2", "d", "2026-01-30T10:00:00Z", 2),
        Records.event("3", "d", "2026-01-31T10:00:00Z", 3),
        Records.event("4", "d", "2026-01-31T10:20:30Z", 4));
  }

  @BeforeEach
  void copyLake() throws Exception {
    lake = built.copy(folder);
    minutes = lake.view("device_metrics");
    days = lake.view("device_daily_metrics");
  }

  @Test
  void withoutDatesTheWholeMasterIsComputed() throws Exception {
    Run report = run(minutes, Optional.empty());

    assertThat(report.counts().events()).isEqualTo(4);
    assertThat(report.counts().rows()).isEqualTo(4);
    assertThat(counts(minutes)).hasSize(4);
  }

  @Test
  void aSecondCopyCountsOnceWhicheverTransactionItCameIn() throws Exception {
    lake.arrive(
        Records.event("4", "d", "2026-01-31T10:20:30Z", 99),
        Records.event("4", "d", "2026-01-31T10:20:30Z", 98));

    Run report = run(days, Optional.empty());

    assertThat(report.counts().duplicates()).isEqualTo(2);
    Row day = day("2026-01-31");
    assertThat(day.<Long>getAs("event_count")).isEqualTo(2);
    assertThat(day.<Double>getAs("max_temperature")).as("the first arrival counts").isEqualTo(4.0);
  }

  @Test
  void eventsWithoutTheKeyAreReported() throws Exception {
    assertThat(run(lake.view("user_activity_summary"), Optional.empty()).counts().withoutKey())
        .isEqualTo(4);
  }

  @Test
  void datesReplaceTheirOwnWindowsAndNoOther() throws Exception {
    run(days, Optional.empty());
    Object untouched = day("2026-01-29").getAs(View.COMPUTED_AT);
    lake.arrive(
        Records.event("5", "d", "2026-01-29T11:00:00Z", 5),
        Records.event("6", "d", "2026-01-30T11:00:00Z", 6));

    Run report = run(days, range("2026-01-30", "2026-01-31"));

    assertThat(report.counts().rows()).isEqualTo(2);
    assertThat(counts(days))
        .isEqualTo(Map.of("2026-01-29", 1L, "2026-01-30", 2L, "2026-01-31", 2L));
    assertThat(day("2026-01-29").<Object>getAs(View.COMPUTED_AT)).isEqualTo(untouched);
  }

  @Test
  void datesWithoutEventsLeaveTheViewAndTheRunsThatFollowAsTheyAre() throws Exception {
    run(days, Optional.empty());
    List<Row> before = rows(days);

    Run report = run(days, range("2020-01-01", "2020-01-02"));

    assertThat(report.counts().rows()).isZero();
    assertThat(rows(days)).isEqualTo(before);
    assertThat(new Runs(lake.lake()).of(days)).extracting(Run::id).contains(report.id());
    lake.arrive(Records.event("5", "d", "2026-01-29T11:00:00Z", 5));
    run(days, range("2026-01-29", "2026-01-29"));
    assertThat(counts(days)).containsEntry("2026-01-29", 2L);
  }

  @Test
  void aRerunChangesNothing() throws Exception {
    run(days, Optional.empty());
    List<Row> first = rows(days);

    run(days, Optional.empty());
    run(days, range("2026-01-29", "2026-01-31"));

    assertThat(rows(days)).isEqualTo(first);
  }

  @Test
  void aWindowThatReachesIntoTheNextDayIsWhole() throws Exception {
    View hopping =
        new View(
            "hops",
            List.of("device_id"),
            new common.metrics.Window.Hopping(
                java.time.Duration.ofMinutes(30), java.time.Duration.ofMinutes(20)),
            days.measures(),
            List.of("device_id"));
    lake.arrive(
        Records.event("7", "d", "2026-01-29T23:55:00Z", 1),
        Records.event("8", "d", "2026-01-30T00:05:00Z", 2));
    run(hopping, Optional.empty());
    List<Row> whole = rows(hopping);

    run(hopping, range("2026-01-29", "2026-01-29"));

    assertThat(rows(hopping)).isEqualTo(whole);
    assertThat(whole)
        .anySatisfy(
            row -> {
              assertThat(row.<Object>getAs(View.EVENT_DATE)).hasToString("2026-01-29");
              assertThat(row.<Long>getAs("event_count")).isEqualTo(2);
            });
  }

  @Test
  void theBoundaryIsTheFirstWindowThatOnTimeEventsCanStillReach() throws Exception {
    assertThat(run(minutes, Optional.empty()).output().boundary())
        .hasValue(Instant.parse("2026-01-31T10:10:00Z"));
    assertThat(run(days, Optional.empty()).output().boundary())
        .hasValue(Instant.parse("2026-01-31T00:00:00Z"));
  }

  @Test
  void aSessionThatCanStillGrowLiesBehindTheBoundary() throws Exception {
    View sessions =
        new View(
            "sessions",
            List.of("device_id"),
            new common.metrics.Window.Session(java.time.Duration.ofMinutes(15)),
            days.measures(),
            List.of("device_id"));

    // The newest event is from 10:20:30, so events from 10:10:30 on are still on time.
    assertThat(run(sessions, Optional.empty()).output().boundary())
        .hasValue(Instant.parse("2026-01-31T10:00:00Z"));
  }

  @Test
  void aDeviceWithAFastClockDoesNotMoveTheBoundaryBeyondNow() throws Exception {
    lake.arrive(Records.event("9", "d", "2026-02-10T00:05:00Z", 1));

    assertThat(run(minutes, Optional.empty()).output().boundary())
        .hasValue(Instant.parse("2026-02-09T23:50:00Z"));
  }

  @Test
  void theBoundaryMovesWithTheDatesThatAreComputedAndNeverBack() throws Exception {
    assertThat(run(minutes, range("2026-01-29", "2026-01-29")).output().boundary())
        .hasValue(Instant.parse("2026-01-30T00:00:00Z"));
    assertThat(run(minutes, range("2026-01-31", "2026-01-31")).output().boundary())
        .as("the 30th has not been computed")
        .hasValue(Instant.parse("2026-01-30T00:00:00Z"));
    assertThat(run(minutes, range("2026-01-30", "2026-01-31")).output().boundary())
        .hasValue(Instant.parse("2026-01-31T10:10:00Z"));
    assertThat(run(minutes, range("2026-01-29", "2026-01-29")).output().boundary())
        .hasValue(Instant.parse("2026-01-31T10:10:00Z"));
  }

  @Test
  void aFirstRunThatLeavesOutTheStartOfHistoryPublishesNoBoundary() throws Exception {
    assertThat(run(minutes, range("2026-01-30", "2026-01-31")).output().boundary()).isEmpty();
  }

  @Test
  void withoutAMasterTheUserIsToldToIngest() {
    TestLake empty = new TestLake(folder.resolve("empty"));

    assertThatThrownBy(
            () ->
                new BatchJob(empty.spark(), empty.settings(), Clock.systemUTC())
                    .run(minutes, new BatchRequest.Whole()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("run ingest first");
  }

  @Test
  void maintenanceCompactsClosedDatesAndChangesNoAnswer() throws Exception {
    for (int i = 0; i < 3; i++) {
      lake.arrive(Records.event("m" + i, "d", "2026-01-30T1" + i + ":00:00Z", i));
    }

    LakeTable master = lake.lake().master();
    List<Row> before = sorted(master.read());
    MaintenanceJob.Report report =
        new MaintenanceJob(lake.spark())
            .maintain(
                master,
                "ingestion_date",
                LocalDate.now(ZoneOffset.UTC).plusDays(1),
                List.of("device_id"),
                java.time.Duration.ofDays(7));

    assertThat(report.compactedDates()).isEqualTo(1);
    assertThat(report.analyzed()).as("Delta outside Databricks rejects ANALYZE TABLE").isFalse();
    assertThat(master.read().inputFiles()).hasSize(1);
    assertThat(sorted(master.read())).isEqualTo(before);
  }

  @Test
  void everyTableStaysReadableBySynapseServerless() throws Exception {
    run(days, Optional.empty());
    lake.lake().quarantine().create();

    for (LakeTable table :
        List.of(
            lake.lake().master(),
            lake.lake().quarantine(),
            lake.lake().batchView(days),
            lake.lake().speedView(days),
            lake.lake().boundary())) {
      Row detail = table.delta().detail().first();
      assertThat(detail.<Integer>getAs("minReaderVersion")).as(table.path()).isEqualTo(1);
      assertThat(detail.<scala.collection.Seq<String>>getAs("tableFeatures").mkString(","))
          .as(table.path())
          .doesNotContain("deletionVectors", "columnMapping", "v2Checkpoint");
    }
  }

  private Run run(View view, Optional<DateRange> dates) {
    return run(
        view, dates.<BatchRequest>map(BatchRequest.Days::new).orElseGet(BatchRequest.Whole::new));
  }

  private Run run(View view, BatchRequest request) {
    return new BatchJob(lake.spark(), lake.settings(), Clock.fixed(NOW, ZoneOffset.UTC))
        .run(view, request);
  }

  private static Optional<DateRange> range(String from, String to) {
    return Optional.of(new DateRange(LocalDate.parse(from), LocalDate.parse(to)));
  }

  private Row day(String date) {
    return lake.lake().batchView(days).read().where("event_date = '" + date + "'").first();
  }

  private Map<String, Long> counts(View view) {
    return rows(view).stream()
        .collect(
            java.util.stream.Collectors.toMap(
                row ->
                    view.equals(days)
                        ? row.getAs(View.EVENT_DATE).toString()
                        : row.getAs(View.WINDOW_START).toString(),
                row -> row.<Long>getAs("event_count")));
  }

  private List<Row> rows(View view) {
    return lake.lake()
        .batchView(view)
        .read()
        .drop(View.COMPUTED_AT)
        .orderBy(View.WINDOW_START)
        .collectAsList();
  }

  private static List<Row> sorted(Dataset<Row> rows) {
    return rows.orderBy("event_id").collectAsList();
  }
}
