package speed.sink.alerts;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.alerts.Alert;
import common.alerts.Alert.State;
import common.alerts.Alert.Verdict;
import common.metrics.Severity;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The whole document that a receiver gets, in each format. */
class NotificationFormatTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Alert firing = alert(State.firing, Severity.critical);
  private final Alert resolved = alert(State.resolved, Severity.critical);
  private final Alert overturned =
      resolved.with(Verdict.overturned, Optional.of(50.0), START.plusSeconds(200));

  @Test
  void alertmanagerGetsAnAlertWithLabelsThatIdentifyIt() throws Exception {
    assertDocument(
        NotificationFormat.alertmanager,
        firing,
        """
        [{
          "labels": {
            "alertname": "HIGH", "view": "v", "severity": "critical", "alert_id": "ID",
            "device_id": "d", "site": "s"
          },
          "annotations": {
            "summary": "HIGH raised: device_id=d, site=s", "notice": "raised",
            "view": "v", "device_id": "d", "site": "s", "severity": "critical",
            "window": "2026-01-31T12:00:00Z to 2026-01-31T12:01:00Z",
            "avg_temperature": "90.000", "avg_temperature_baseline_": "70.250"
          },
          "startsAt": "2026-01-31T12:00:00Z",
          "endsAt": "2027-01-31T12:02:10Z"
        }]
        """);
  }

  @Test
  void alertmanagerGetsTheEndOfAnAlert() throws Exception {
    assertThat(document(NotificationFormat.alertmanager, resolved).at("/0/endsAt").asText())
        .isEqualTo("2026-01-31T12:02:05Z");

    Alert unresolved = firing.with(Verdict.overturned, Optional.empty(), START.plusSeconds(200));
    assertThat(document(NotificationFormat.alertmanager, unresolved).at("/0/endsAt").asText())
        .isEqualTo("2026-01-31T12:03:20Z");
  }

  @Test
  void aCloudEventContainsTheAlert() throws Exception {
    assertDocument(
        NotificationFormat.cloudevents,
        overturned,
        """
        {
          "specversion": "1.0",
          "id": "ID/1/overturned",
          "source": "/views/v",
          "type": "lambda-analytics.alert.overturned",
          "subject": "device_id=d, site=s",
          "time": "2026-01-31T12:03:20Z",
          "datacontenttype": "application/json",
          "data": {
            "alert_id": "ID", "view": "v", "keys": { "device_id": "d", "site": "s" },
            "level": "HIGH", "severity": "critical",
            "window_start": "2026-01-31T12:00:00Z", "window_end": "2026-01-31T12:01:00Z",
            "measure": "avg_temperature", "value": 90.0, "exact_value": 50.0,
            "raised_at": "2026-01-31T12:01:10Z", "resolved_at": "2026-01-31T12:02:05Z"
          }
        }
        """);
  }

  @Test
  void teamsGetsACardWithTheFactsInTheirOrder() throws Exception {
    assertDocument(
        NotificationFormat.teams,
        overturned,
        """
        {
          "type": "message",
          "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "content": {
              "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
              "type": "AdaptiveCard",
              "version": "1.4",
              "body": [
                {
                  "type": "TextBlock", "size": "Medium", "weight": "Bolder", "wrap": true,
                  "text": "HIGH overturned: device_id=d, site=s", "color": "Good"
                },
                {
                  "type": "FactSet",
                  "facts": [
                    { "title": "View", "value": "v" },
                    { "title": "device_id", "value": "d" },
                    { "title": "site", "value": "s" },
                    { "title": "Severity", "value": "critical" },
                    {
                      "title": "Window",
                      "value": "2026-01-31T12:00:00Z to 2026-01-31T12:01:00Z"
                    },
                    { "title": "avg_temperature", "value": "90.000" },
                    { "title": "avg_temperature (baseline)", "value": "70.250" },
                    { "title": "avg_temperature (exact)", "value": "50.000" },
                    { "title": "Alert id", "value": "ID" }
                  ]
                }
              ]
            }
          }]
        }
        """);
  }

  @ParameterizedTest
  @CsvSource({
    "firing, info, Accent",
    "firing, warning, Warning",
    "firing, critical, Attention",
    "resolved, critical, Good"
  })
  void theColorOfACardIsThatOfTheSeverityUntilTheAlertEnds(
      State state, Severity severity, String color) throws Exception {
    JsonNode card = document(NotificationFormat.teams, alert(state, severity));

    assertThat(card.at("/attachments/0/content/body/0/color").asText()).isEqualTo(color);
  }

  @ParameterizedTest
  @CsvSource({
    "alertmanager, application/json",
    "cloudevents, application/cloudevents+json",
    "teams, application/json"
  })
  void eachFormatHasItsContentType(NotificationFormat format, String contentType) {
    assertThat(format.contentType()).isEqualTo(contentType);
  }

  @ParameterizedTest
  @CsvSource({
    "pending, , ",
    "withdrawn, , ",
    "firing, , raised",
    "resolved, , resolved",
    "resolved, confirmed, ",
    "resolved, overturned, overturned",
    "resolved, missed, missed"
  })
  void receiversAreToldWhatConcernsThem(State state, Verdict verdict, Notification.Kind kind) {
    Alert revision = alert(state, Severity.info);
    Alert reviewed = verdict == null ? revision : revision.with(verdict, Optional.empty(), START);

    assertThat(Notification.of(reviewed).map(Notification::kind))
        .isEqualTo(Optional.ofNullable(kind));
  }

  private static void assertDocument(NotificationFormat format, Alert alert, String expected)
      throws Exception {
    assertThat(document(format, alert))
        .isEqualTo(JSON.readTree(expected.replace("ID", alert.id())));
  }

  private static JsonNode document(NotificationFormat format, Alert alert) throws Exception {
    return JSON.readTree(format.render(Notification.of(alert).orElseThrow()));
  }

  private static Alert alert(State state, Severity severity) {
    return new Alert(
        new Alert.Subject("v", Map.of("device_id", "d", "site", "s"), "HIGH"),
        severity,
        new Alert.Window(START, START.plusSeconds(60)),
        new Alert.Reading("avg_temperature", Optional.of(90.0), Optional.of(70.25)),
        1,
        new Alert.Progress(
            state,
            1,
            START,
            Optional.of(START.plusSeconds(70)),
            state == State.resolved ? Optional.of(START.plusSeconds(125)) : Optional.empty()),
        new Alert.Review(Optional.empty(), Optional.empty()),
        START.plusSeconds(130));
  }
}
