package speed.sink.alerts;

import common.alerts.Alert;
import common.alerts.AlertLog;
import common.lake.Lake;
import common.metrics.View;
import common.settings.AlertSettings;
import common.settings.KafkaSettings;
import common.settings.Settings;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Delivers the alerts of a view to all configured channels, each on its own thread. */
final class AlertDelivery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertDelivery.class);

  private final List<ChannelDelivery> channels = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final Duration patience;

  /** Starts the delivery threads. */
  AlertDelivery(SparkSession spark, Lake lake, View view, Settings settings, Clock clock) {
    AlertSettings alerts = settings.speed().alerts();
    this.patience = alerts.timeout().plusSeconds(5);
    AlertLog log = new AlertLog(lake);
    DeliveryLog deliveries = new DeliveryLog(lake, view);
    if (!alerts.channels().isEmpty()) {
      deliveries.create();
    }

    for (AlertSettings.Channel configured : alerts.channels()) {
      Channel channel = open(spark, configured, alerts.timeout(), settings.kafka());
      ChannelDelivery delivery =
          new ChannelDelivery(view, channel, log, deliveries, alerts.deliverWithin(), clock);
      channels.add(delivery);
      threads.add(
          new Thread(delivery, "alerts of %s to %s".formatted(view.name(), configured.name())));
    }

    threads.forEach(thread -> thread.setDaemon(true));
    threads.forEach(Thread::start);
  }

  private static Channel open(
      SparkSession spark, AlertSettings.Channel channel, Duration timeout, KafkaSettings kafka) {
    return switch (channel.kind()) {
      case alertmanager -> new Webhook(channel, NotificationFormat.alertmanager, timeout);
      case cloudevents -> new Webhook(channel, NotificationFormat.cloudevents, timeout);
      case teams -> new Webhook(channel, NotificationFormat.teams, timeout);
      case kafka -> new TopicChannel(spark, channel, kafka);
    };
  }

  /** Queues recorded revisions for delivery; does not block. */
  void offer(List<Alert> revisions) {
    for (Alert revision : revisions) {
      Notification.of(revision)
          .ifPresent(notification -> channels.forEach(channel -> channel.offer(notification)));
    }
  }

  /**
   * Delivers the queued notifications, but stops if a receiver does not respond. Undelivered
   * notifications are sent after the next start.
   */
  @Override
  public void close() {
    channels.forEach(ChannelDelivery::close);
    for (Thread thread : threads) {
      try {
        thread.join(patience.toMillis());
      } catch (InterruptedException hurried) {
        Thread.currentThread().interrupt();
      }

      if (thread.isAlive()) {
        LOG.warn("{}: not all delivered; the rest will be sent after a restart", thread.getName());
        thread.interrupt();
      }
    }
  }
}
