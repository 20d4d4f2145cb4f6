package speed.sink.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.alerts.Alert;
import common.alerts.AlertLog;
import common.alerts.AlertRule;
import common.alerts.KeyAlerts;
import common.metrics.Severity;
import common.metrics.View;
import common.secrets.Secret;
import common.settings.AlertSettings;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import testing.JudgedRows;
import testing.TestLake;
import testing.WebhookServer;

class ChannelDeliveryTest {
  private static final Instant HOUR =
      Instant.ofEpochSecond(Instant.now().getEpochSecond() / 3600 * 3600);
  private static final Instant TWO_DAYS_AGO = HOUR.minus(Duration.ofDays(2));
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;
  private TestLake lake;
  private View view;
  private AlertLog log;
  private WebhookServer server;
  private KeyAlerts alerts;

  @BeforeEach
  void start() throws Exception {
    lake = new TestLake(folder);
    view = lake.view("device_metrics");
    log = new AlertLog(lake.lake());
    log.create();
    new DeliveryLog(lake.lake(), view).create();
    alerts = new KeyAlerts(AlertRule.of(view), List.of());
    server = WebhookServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void whatIsRaisedAndResolvedIsDeliveredOnceInOrder() throws Exception {
    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(judged(0, "HIGH_TEMP"));
      delivery.offer(judged(1, "NORMAL"));
      server.awaitAccepted(2);
    }

    try (Running restarted = new Running(AlertSettings.Kind.cloudevents)) {
      restarted.offer(judged(2, "LOW_TEMP"));
      server.awaitAccepted(3);
    }

    assertThat(types()).containsExactly("raised", "resolved", "raised");
    assertThat(server.requests())
        .allSatisfy(
            request -> assertThat(request.contentType()).isEqualTo("application/cloudevents+json"));
  }

  @Test
  void aReceiverThatRefusesOrHangsGetsTheNoticeLater() throws Exception {
    server.then(500).then(429, Map.of("Retry-After", "1")).thenHang(3_000);

    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(judged(0, "HIGH_TEMP"));
      assertThat(server.awaitAccepted(2)).as("the one that hung, and its retry").hasSize(2);
    }

    assertThat(server.requests())
        .extracting(WebhookServer.Request::status)
        .containsSubsequence(500, 429);
    assertThat(new DeliveryLog(lake.lake(), view).done("hook")).hasSize(1);
  }

  @Test
  void whatWasNotDeliveredBeforeTheJobEndedIsDeliveredByTheNextOne() throws Exception {
    server.close();
    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(judged(0, "HIGH_TEMP"));
    }

    assertThat(new DeliveryLog(lake.lake(), view).done("hook")).isEmpty();
    server = WebhookServer.start();
    try (Running restarted = new Running(AlertSettings.Kind.cloudevents)) {
      assertThat(restarted).isNotNull();
      assertThat(server.awaitAccepted(1)).hasSize(1);
    }

    assertThat(new DeliveryLog(lake.lake(), view).done("hook")).hasSize(1);
  }

  @Test
  void aDocumentThatTheReceiverRefusesDoesNotHoldUpTheNextOne() throws Exception {
    server.then(400);
    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(judged(0, "HIGH_TEMP"));
      delivery.offer(judged(1, "NORMAL"));
      server.awaitAccepted(1);
    }

    assertThat(types()).containsExactly("resolved");
    assertThat(new DeliveryLog(lake.lake(), view).done("hook")).hasSize(2);
  }

  @Test
  void aNoticeThatCouldNotBeDeliveredInTimeExpires() throws Exception {
    List<Alert> old = alerts.judge(JudgedRows.of(HOUR, "HIGH_TEMP", 90), TWO_DAYS_AGO);
    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(old);
      delivery.offer(judged(1, "NORMAL"));
      server.awaitAccepted(1);
    }

    assertThat(types()).containsExactly("resolved");
    assertThat(new DeliveryLog(lake.lake(), view).done("hook"))
        .contains(old.get(0).id() + "/0/raised")
        .hasSize(2);
  }

  @Test
  void whatWasUndeliveredForTooLongIsNotReadAgain() throws Exception {
    log.append(alerts.judge(JudgedRows.of(HOUR, "HIGH_TEMP", 90), TWO_DAYS_AGO));
    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(judged(1, "NORMAL"));
      server.awaitAccepted(1);
    }

    assertThat(types()).containsExactly("resolved");
    assertThat(new DeliveryLog(lake.lake(), view).done("hook")).hasSize(1);
  }

  @Test
  void aVerdictOnAnOldWindowIsNotDelivered() throws Exception {
    List<Alert> raised = alerts.judge(JudgedRows.of(TWO_DAYS_AGO, "HIGH_TEMP", 90), Instant.now());
    Alert verdict = raised.get(0).with(Alert.Verdict.overturned, Optional.of(50.0), Instant.now());
    // As the sink does; otherwise, a delivery that reads the table late would find only the others.
    log.append(raised);
    try (Running delivery = new Running(AlertSettings.Kind.cloudevents)) {
      delivery.offer(raised);
      delivery.offer(List.of(verdict));
      delivery.offer(judged(0, "NORMAL"));
      server.awaitAccepted(2);
    }

    assertThat(types()).containsExactly("raised", "resolved");
  }

  @Test
  void lessSevereAlertsThanTheChannelAsksForAreNotDelivered() throws Exception {
    try (Running delivery = new Running(AlertSettings.Kind.teams)) {
      delivery.offer(judged(0, "LOW_TEMP"));
      delivery.offer(judged(1, "HIGH_TEMP"));
      server.awaitAccepted(1);
    }

    assertThat(server.accepted()).singleElement().asString().contains("HIGH_TEMP raised");
  }

  @Test
  void alertmanagerIdentifiesAnAlertByItsLabels() throws Exception {
    try (Running delivery = new Running(AlertSettings.Kind.alertmanager)) {
      delivery.offer(judged(0, "HIGH_TEMP"));
      delivery.offer(judged(1, "NORMAL"));
      server.awaitAccepted(2);
    }

    JsonNode raised = JSON.readTree(server.accepted().get(0)).get(0);
    JsonNode resolved = JSON.readTree(server.accepted().get(1)).get(0);
    assertThat(raised.get("labels")).isEqualTo(resolved.get("labels"));
    assertThat(raised.get("labels").get("alertname").asText()).isEqualTo("HIGH_TEMP");
    assertThat(raised.get("labels").get("device_id").asText()).isEqualTo("d");
    assertThat(raised.get("startsAt").asText()).isEqualTo(HOUR.toString());
    assertThat(Instant.parse(raised.get("endsAt").asText())).isAfter(Instant.now());
    assertThat(Instant.parse(resolved.get("endsAt").asText())).isBefore(Instant.now());
    assertThat(raised.get("annotations").get("avg_temperature").asText()).isEqualTo("90.000");
  }

  @Test
  void teamsGetsAnAdaptiveCard() throws Exception {
    try (Running delivery = new Running(AlertSettings.Kind.teams)) {
      delivery.offer(judged(0, "HIGH_TEMP"));
      server.awaitAccepted(1);
    }

    JsonNode message = JSON.readTree(server.accepted().get(0));
    JsonNode attachment = message.get("attachments").get(0);
    assertThat(message.get("type").asText()).isEqualTo("message");
    assertThat(attachment.get("contentType").asText())
        .isEqualTo("application/vnd.microsoft.card.adaptive");
    assertThat(attachment.at("/content/body/0/text").asText())
        .isEqualTo("HIGH_TEMP raised: device_id=d");
    assertThat(attachment.at("/content/body/1/facts").toString())
        .contains("{\"title\":\"avg_temperature\",\"value\":\"90.000\"}");
  }

  private List<Alert> judged(int minute, String level) {
    Instant start = HOUR.plus(Duration.ofMinutes(minute));
    List<Alert> revisions = alerts.judge(JudgedRows.of(start, level, 90), Instant.now());
    log.append(revisions);
    return revisions;
  }

  private List<String> types() throws Exception {
    List<String> types = new ArrayList<>();
    for (String body : server.accepted()) {
      String type = JSON.readTree(body).get("type").asText();
      types.add(type.substring(type.lastIndexOf('.') + 1));
    }

    return types;
  }

  /** A delivery to the server on its own thread, with a timeout of one second. */
  private final class Running implements AutoCloseable {
    private final ChannelDelivery delivery;
    private final Thread thread;

    Running(AlertSettings.Kind kind) {
      AlertSettings.Channel channel =
          new AlertSettings.Channel(
              "hook",
              kind,
              new Secret(server.url()),
              "",
              kind == AlertSettings.Kind.cloudevents ? Severity.warning : Severity.critical);
      delivery =
          new ChannelDelivery(
              view,
              new Webhook(channel, NotificationFormat.valueOf(kind.name()), Duration.ofSeconds(1)),
              log,
              new DeliveryLog(lake.lake(), view),
              Duration.ofHours(24),
              Clock.systemUTC());
      thread = new Thread(delivery);
      thread.start();
    }

    void offer(List<Alert> revisions) {
      revisions.forEach(revision -> Notification.of(revision).ifPresent(delivery::offer));
    }

    @Override
    public void close() {
      delivery.close();
      try {
        thread.join();
      } catch (InterruptedException stopped) {
        throw new IllegalStateException(stopped);
      }
    }
  }
}
