package common.streaming;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import common.Failure;
import common.metrics.View;
import common.ops.StreamAccount;
import common.settings.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.commons.io.FileUtils;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.TopicPartition;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.Pipeline;
import testing.Records;

/**
 * A topic or table that differs from the checkpoint's topic or table is reported, never ignored.
 */
class SourceChangeIT {
  private static final String ACCEPT = "-D streaming.source-policy=warn";

  @TempDir private static Path shared;
  private static Pipeline built;

  @TempDir private Path folder;
  private Pipeline pipeline;
  private View view;
  private Settings warning;

  @BeforeAll
  static void oneRoundOfEvents() throws Exception {
    built = new Pipeline(shared, Map.of());
    built.send(event("1", "10:00"), event("2", "10:01"));
    built.speed(built.lake().view("device_metrics"));
    built.ingest();
    built.close();
  }

  @BeforeEach
  void startBroker() throws Exception {
    pipeline = built.copy(folder);
    view = pipeline.lake().view("device_metrics");
    warning = pipeline.settings(Map.of("streaming.source-policy", "warn"));
  }

  @AfterEach
  void stopBroker() {
    pipeline.close();
  }

  @Test
  void expiredOffsetsStopBothJobsAndCanBeAccepted() throws Exception {
    pipeline.send(event("3", "10:02"), event("4", "10:03"), event("5", "10:04"));
    try (Admin admin = admin()) {
      admin
          .deleteRecords(Map.of(new TopicPartition("events", 0), RecordsToDelete.beforeOffset(4)))
          .all()
          .get();
    }

    assertStops("no longer holds offsets 2 to 3 of partition 0");

    assertThat(pipeline.speed(view, warning).counted()).isEqualTo(1);
    assertThat(pipeline.ingest(warning).accepted()).isEqualTo(1);
    assertThat(pipeline.speed(view).read()).isZero();
    assertThat(pipeline.ingest().read()).isZero();
    assertThat(ledger().where("read < spanned").count())
        .as("both layers' ledgers record the missing offsets")
        .isEqualTo(2);
  }

  @Test
  void aTopicThatWasCreatedAgainIsReadFromItsFirstRecord() throws Exception {
    try (Admin admin = admin()) {
      admin.deleteTopics(List.of("events")).all().get();
      TimeUnit.SECONDS.sleep(1);
    }

    pipeline.broker().createTopic("events", 1);
    // More records than the old topic had, so that resuming at the old offsets would skip two.
    pipeline.send(event("7", "10:07"), event("8", "10:08"), event("9", "10:09"));

    assertStops("is not the one that checkpoint");

    assertThat(pipeline.speed(view, warning).counted()).isEqualTo(3);
    assertThat(pipeline.ingest(warning).accepted()).isEqualTo(3);
    assertThat(pipeline.speed(view).read()).isZero();
    assertThat(pipeline.lake().lake().master().read().count()).isEqualTo(5);
  }

  @Test
  void whatLiesBeforeTheStartIsNotInTheLedger() throws Exception {
    Settings latest =
        pipeline.settings(
            Map.of("lake.root", folder + "/late-starter", "speed.starting-offsets", "latest"));
    pipeline.speed(view, latest);
    pipeline.send(event("3", "10:02"));
    assertThat(pipeline.speed(view, latest).counted()).isEqualTo(1);

    assertThat(
            pipeline
                .lake()
                .spark()
                .read()
                .format("delta")
                .load(folder + "/late-starter/ops/stream_progress")
                .selectExpr("sum(spanned)")
                .first()
                .getLong(0))
        .isEqualTo(1);
  }

  @Test
  void newPartitionsAreToldAndReadFromTheirFirstRecord() throws Exception {
    try (Admin admin = admin()) {
      admin.createPartitions(Map.of("events", NewPartitions.increaseTo(3))).all().get();
    }

    assertStops("had 1 partitions when checkpoint");

    pipeline.send(event("3", "10:02"), event("4", "10:03"), event("5", "10:04"));
    assertThat(pipeline.speed(view, warning).counted()).isEqualTo(3);
    assertThat(pipeline.ingest(warning).accepted()).isEqualTo(3);
    assertThat(pipeline.speed(view).read()).isZero();
  }

  @Test
  void aRecreatedTableIsNotTakenForTheOldOne() throws Exception {
    FileUtils.deleteDirectory(folder.resolve("lake/speed").toFile());
    FileUtils.deleteDirectory(folder.resolve("lake/master").toFile());

    assertStops("was recreated after checkpoint");

    assertThat(pipeline.speed(view, warning).counted()).isEqualTo(2);
    assertThat(pipeline.ingest(warning).accepted()).isEqualTo(2);
  }

  @Test
  void aTopicThatIsNotThereIsNamed() {
    Settings typo =
        pipeline.settings(Map.of("lake.root", folder + "/other", "kafka.topic", "evnts"));

    assertThatThrownBy(() -> pipeline.ingest(typo))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("Topic evnts does not exist");
  }

  @Test
  void microBatchesThatAKilledJobDidNotWriteAreInTheLedgerByTheirOffsets() throws Exception {
    FileUtils.deleteDirectory(folder.resolve("lake/ops/stream_progress").toFile());
    pipeline.send(event("3", "10:02"));

    pipeline.speed(view);

    List<Row> rows = ledger().where("spanned > 0").orderBy("batch_id").collectAsList();
    assertThat(rows).hasSize(2);
    assertThat(rows.get(0).<Long>getAs("spanned")).isEqualTo(2);
    assertThat(rows.get(0).<Object>getAs("read")).isNull();
    assertThat(rows.get(1).<Long>getAs("counted")).isEqualTo(1);
  }

  private Dataset<Row> ledger() {
    return pipeline
        .lake()
        .lake()
        .table("ops/stream_progress", StreamAccount.SCHEMA, List.of("query"))
        .read();
  }

  private void assertStops(String message) {
    assertThatThrownBy(() -> pipeline.speed(view))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(message)
        .hasMessageContaining(ACCEPT);
    assertThatThrownBy(() -> pipeline.ingest())
        .isInstanceOf(Failure.class)
        .hasMessageContaining(message)
        .hasMessageContaining(ACCEPT);
  }

  private Admin admin() {
    return Admin.create(Map.of("bootstrap.servers", pipeline.broker().address()));
  }

  private static String event(String id, String time) {
    return Records.event(id, "d", "2026-01-31T" + time + ":00Z", 1);
  }
}
