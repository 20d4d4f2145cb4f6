package speed.sink.alerts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.alerts.Alert;
import common.alerts.AlertRule;
import common.alerts.KeyAlerts;
import common.metrics.Severity;
import common.secrets.Secret;
import common.settings.AlertSettings;
import common.settings.Settings;
import demo.LocalBroker;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.JudgedRows;
import testing.TestLake;
import testing.TestSpark;

/** The Kafka channel against a real broker, and after that broker has stopped. */
class TopicChannelIT {
  @TempDir private Path folder;

  @Test
  void aNoticeIsARecordOfTheTopicAndAMissingBrokerIsUnavailable() throws Exception {
    int port = LocalBroker.freePort();
    Map<String, String> settings =
        Map.of(
            "kafka.bootstrap-servers",
            "127.0.0.1:" + port,
            "kafka.options",
            "{ max.block.ms = 5000, request.timeout.ms = 5000, delivery.timeout.ms = 6000 }");
    TestLake lake = new TestLake(folder.resolve("lake"), settings);
    Channel channel = channel(lake.settings());
    Notification notification = notification(lake);
    try (LocalBroker broker = LocalBroker.start(folder.resolve("broker"), port)) {
      broker.createTopic("alerts", 1);

      assertThat(channel.send(notification)).isInstanceOf(Channel.Outcome.Delivered.class);

      List<Row> records =
          TestSpark.session()
              .read()
              .format("kafka")
              .option("kafka.bootstrap.servers", broker.address())
              .option("subscribe", "alerts")
              .load()
              .select("key", "value")
              .collectAsList();
      assertThat(records).hasSize(1);
      assertThat(new String(records.get(0).<byte[]>getAs(0), UTF_8))
          .isEqualTo(notification.alert().id());
      JsonNode event = new ObjectMapper().readTree(records.get(0).<byte[]>getAs(1));
      assertThat(event.get("type").asText()).isEqualTo("lambda-analytics.alert.raised");
      assertThat(event.at("/data/keys/device_id").asText()).isEqualTo("d");
    }

    assertThat(channel.send(notification)).isInstanceOf(Channel.Outcome.Unavailable.class);
  }

  private static Channel channel(Settings settings) {
    return new TopicChannel(
        TestSpark.session(),
        new AlertSettings.Channel(
            "bus", AlertSettings.Kind.kafka, new Secret(""), "alerts", Severity.info),
        settings.kafka());
  }

  private static Notification notification(TestLake lake) {
    Instant start = Instant.parse("2026-01-31T12:00:00Z");
    List<Alert> raised =
        new KeyAlerts(AlertRule.of(lake.view("device_metrics")), List.of())
            .judge(JudgedRows.of(start, "HIGH_TEMP", 90), start);
    return Notification.of(raised.get(0)).orElseThrow();
  }
}
