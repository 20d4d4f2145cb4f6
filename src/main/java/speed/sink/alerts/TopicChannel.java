package speed.sink.alerts;

import common.metrics.Severity;
import common.settings.AlertSettings;
import common.settings.KafkaSettings;
import common.streaming.KafkaTopicWriter;
import java.util.Optional;
import org.apache.spark.sql.SparkSession;

/** Writes notifications as CloudEvents to a Kafka topic, keyed by the alert's id. */
final class TopicChannel implements Channel {
  private final AlertSettings.Channel settings;
  private final KafkaTopicWriter topic;

  TopicChannel(SparkSession spark, AlertSettings.Channel settings, KafkaSettings kafka) {
    this.settings = settings;
    this.topic = new KafkaTopicWriter(spark, kafka, settings.topic());
  }

  @Override
  public String name() {
    return settings.name();
  }

  @Override
  public Severity minSeverity() {
    return settings.minSeverity();
  }

  @Override
  public Outcome send(Notification notification) {
    try {
      topic.append(notification.alert().id(), NotificationFormat.cloudevents.render(notification));
      return new Outcome.Delivered();
    } catch (Exception failed) {
      // Spark throws the checked SparkException and AnalysisException without declaring them.
      return new Outcome.Unavailable(failed.getClass().getSimpleName(), Optional.empty());
    }
  }
}
