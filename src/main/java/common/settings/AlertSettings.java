package common.settings;

import common.ErrorCode;
import common.Failure;
import common.metrics.Severity;
import common.secrets.Secret;
import common.secrets.Secrets;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * The section {@code speed.alerts}: when alerts are evaluated and where they are delivered.
 *
 * @param deliverWithin how long an undelivered alert is retried
 * @param timeout how long to wait for a webhook's response
 */
public record AlertSettings(
    Duration trigger, Duration deliverWithin, Duration timeout, List<Channel> channels) {

  /**
   * Where alerts are delivered.
   *
   * @param url address of the webhook; empty for a topic
   * @param topic name of the topic; empty for a webhook
   */
  public record Channel(String name, Kind kind, Secret url, String topic, Severity minSeverity) {}

  /** The form in which a channel receives alerts; named as in the configuration. */
  public enum Kind {
    alertmanager,
    cloudevents,
    teams,
    kafka
  }

  public AlertSettings {
    channels = List.copyOf(channels);
  }

  static AlertSettings read(Section alerts) {
    List<Channel> channels = new ArrayList<>();
    Section named = alerts.in("channels");
    for (String name : named.names()) {
      channels.add(channel(name, named.in(name)));
    }

    return new AlertSettings(
        alerts.notNegative("trigger"),
        alerts.positive("deliver-within"),
        alerts.positive("timeout"),
        channels);
  }

  private static Channel channel(String name, Section channel) {
    Kind kind = channel.oneOf("kind", Kind.values());
    String target = kind == Kind.kafka ? "topic" : "url";
    Set<String> unknown = new TreeSet<>(channel.names());
    unknown.removeAll(Set.of("kind", target, "min-severity"));
    if (!unknown.isEmpty()) {
      throw new Failure(
          ErrorCode.CONFIG_INVALID,
          "Unknown key '%s': expected kind, %s and min-severity for kind %s"
              .formatted(channel.name(unknown.iterator().next()), target, kind));
    }

    Severity minSeverity =
        channel.has("min-severity")
            ? channel.oneOf("min-severity", Severity.values())
            : Severity.info;
    return kind == Kind.kafka
        ? new Channel(name, kind, new Secret(""), channel.text("topic"), minSeverity)
        : new Channel(name, kind, address(channel), "", minSeverity);
  }

  private static Secret address(Section channel) {
    Secret url = channel.secret("url");
    if (Secrets.isReferred(url.revealed())) {
      // The command needs no secrets, so the reference has not been resolved.
      return url;
    }

    try {
      URI address = new URI(url.revealed());
      if (Set.of("http", "https").contains(String.valueOf(address.getScheme()))
          && address.getHost() != null) {
        return url;
      }
    } catch (URISyntaxException invalid) {
      // Reported below, without the value, which is a secret.
    }

    throw new Failure(
        ErrorCode.CONFIG_INVALID,
        "Invalid %s: expected a reference to an http or https URL".formatted(channel.name("url")));
  }
}
