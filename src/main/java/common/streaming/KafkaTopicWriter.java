package common.streaming;

import common.settings.KafkaSettings;
import java.util.List;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** Appends single records to a topic through Spark, which has a Kafka client on every platform. */
public final class KafkaTopicWriter {
  private static final StructType RECORD =
      new StructType().add("key", DataTypes.StringType).add("value", DataTypes.StringType);

  private final SparkSession spark;
  private final KafkaSettings kafka;
  private final String topic;

  public KafkaTopicWriter(SparkSession spark, KafkaSettings kafka, String topic) {
    this.spark = spark;
    this.kafka = kafka;
    this.topic = topic;
  }

  /**
   * Appends a record and waits for the broker's acknowledgement; Spark's exceptions are propagated.
   */
  public void append(String key, String value) {
    spark
        .createDataFrame(List.of(RowFactory.create(key, value)), RECORD)
        .coalesce(1)
        .write()
        .format("kafka")
        .options(kafka.forSpark())
        .option("topic", topic)
        .save();
  }
}
