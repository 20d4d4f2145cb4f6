package speed.sink.alerts;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import common.alerts.Alert;
import java.time.Duration;
import java.util.Locale;

/** Renders notifications as JSON documents. */
enum NotificationFormat {
  /**
   * A request in the format of Alertmanager's API v2 ({@code POST /api/v2/alerts}). The labels
   * include the alert's id, so that a verdict on an earlier alert does not resolve a later alert.
   * Alertmanager would resolve an alert without {@code endsAt} a few minutes after its last
   * delivery, so a firing alert gets an end in the far future.
   */
  alertmanager("application/json") {
    @Override
    String render(Notification notification) {
      Alert alert = notification.alert();
      ObjectNode labels = JSON.objectNode();
      labels.put("alertname", alert.subject().level());
      labels.put("view", alert.subject().view());
      labels.put("severity", alert.severity().name());
      labels.put("alert_id", alert.id());
      alert.subject().keys().forEach(labels::put);
      ObjectNode annotations = JSON.objectNode();
      annotations.put("summary", notification.summary());
      annotations.put("notice", notification.kind().name());
      notification.facts().forEach((label, value) -> annotations.put(identifier(label), value));
      ObjectNode one = JSON.objectNode();
      one.set("labels", labels);
      one.set("annotations", annotations);
      one.put("startsAt", alert.since().start().toString());
      one.put(
          "endsAt",
          (notification.over() ? notification.end() : alert.changedAt().plus(FAR_FUTURE))
              .toString());
      return JSON.arrayNode().add(one).toString();
    }
  },

  /** A CloudEvents 1.0 event in the JSON format. */
  cloudevents("application/cloudevents+json") {
    @Override
    String render(Notification notification) {
      Alert alert = notification.alert();
      ObjectNode keys = JSON.objectNode();
      alert.subject().keys().forEach(keys::put);
      ObjectNode data = JSON.objectNode();
      data.put("alert_id", alert.id());
      data.put("view", alert.subject().view());
      data.set("keys", keys);
      data.put("level", alert.subject().level());
      data.put("severity", alert.severity().name());
      data.put("window_start", alert.since().start().toString());
      data.put("window_end", alert.since().end().toString());
      data.put("measure", alert.reading().measure());
      alert.reading().value().ifPresent(value -> data.put("value", value));
      alert.exactValue().ifPresent(value -> data.put("exact_value", value));
      alert.raisedAt().ifPresent(at -> data.put("raised_at", at.toString()));
      alert.resolvedAt().ifPresent(at -> data.put("resolved_at", at.toString()));
      ObjectNode event = JSON.objectNode();
      event.put("specversion", "1.0");
      event.put("id", notification.id());
      event.put("source", "/views/" + alert.subject().view());
      event.put("type", "lambda-analytics.alert." + notification.kind());
      event.put("subject", alert.subject().keyText());
      event.put("time", alert.changedAt().toString());
      event.put("datacontenttype", "application/json");
      event.set("data", data);
      return event.toString();
    }
  },

  /** A message with an Adaptive Card, as expected by a Teams Workflows webhook. */
  teams("application/json") {
    @Override
    String render(Notification notification) {
      ObjectNode title = JSON.objectNode();
      title.put("type", "TextBlock");
      title.put("size", "Medium");
      title.put("weight", "Bolder");
      title.put("wrap", true);
      title.put("text", notification.summary());
      title.put("color", color(notification));
      ArrayNode facts = JSON.arrayNode();
      notification
          .facts()
          .forEach(
              (label, value) ->
                  facts.add(JSON.objectNode().put("title", label).put("value", value)));
      facts.add(JSON.objectNode().put("title", "Alert id").put("value", notification.alert().id()));
      ObjectNode set = JSON.objectNode();
      set.put("type", "FactSet");
      set.set("facts", facts);
      ObjectNode card = JSON.objectNode();
      card.put("$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
      card.put("type", "AdaptiveCard");
      card.put("version", "1.4");
      card.set("body", JSON.arrayNode().add(title).add(set));
      ObjectNode attachment = JSON.objectNode();
      attachment.put("contentType", "application/vnd.microsoft.card.adaptive");
      attachment.set("content", card);
      ObjectNode message = JSON.objectNode();
      message.put("type", "message");
      message.set("attachments", JSON.arrayNode().add(attachment));
      return message.toString();
    }
  };

  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final Duration FAR_FUTURE = Duration.ofDays(365);

  private final String contentType;

  NotificationFormat(String contentType) {
    this.contentType = contentType;
  }

  String contentType() {
    return contentType;
  }

  abstract String render(Notification notification);

  /** Annotations are named like labels: letters, digits and underscores. */
  private static String identifier(String label) {
    return label.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "_");
  }

  private static String color(Notification notification) {
    if (notification.over()) {
      return "Good";
    }

    return switch (notification.alert().severity()) {
      case info -> "Accent";
      case warning -> "Warning";
      case critical -> "Attention";
    };
  }
}
