package common.streaming;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.lit;

import common.ErrorCode;
import common.Failure;
import common.event.EventSchema;
import common.settings.KafkaSettings;
import common.settings.Policy;
import common.settings.Settings;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** A Kafka topic, or an event hub through its Kafka endpoint, as a stream of records. */
public final class KafkaRecords {
  private static final int DEFAULT_PORT = 9092;

  private KafkaRecords() {}

  /**
   * Reads the topic from the given offsets on.
   *
   * @param startingOffsets earliest or latest; ignored once the query has a checkpoint
   * @return rows of {@link EventSchema#RECORD}, where {@code source} is {@code kafka:TOPIC}
   */
  public static Dataset<Row> stream(
      SparkSession spark, Settings settings, String startingOffsets, long maxRecords) {
    return spark
        .readStream()
        .format("kafka")
        .options(settings.kafka().forSpark())
        .option("subscribe", settings.kafka().topic())
        .option("startingOffsets", startingOffsets)
        .option("maxOffsetsPerTrigger", maxRecords)
        .option("failOnDataLoss", settings.streaming().sourcePolicy() == Policy.fail)
        .load()
        .select(
            col("value").as(EventSchema.BODY),
            lit(null).cast("binary").as("json"),
            lit(null).cast("string").as("fault"),
            concat(lit("kafka:"), col("topic")).as(EventSchema.SOURCE),
            lit(null).cast("string").as(EventSchema.FILE),
            col("partition"),
            col("offset"),
            col("timestamp").as(EventSchema.RECORD_TIME));
  }

  /**
   * Fails fast when no bootstrap server can be reached; the Kafka client would retry for minutes
   * before reporting an error.
   */
  static void requireReachable(KafkaSettings kafka) {
    String last = "no server is configured";
    for (String server : kafka.bootstrapServers().split(",", -1)) {
      int colon = server.lastIndexOf(':');
      String host = colon < 0 ? server.strip() : server.substring(0, colon).strip();
      try (Socket socket = new Socket()) {
        int port = colon < 0 ? DEFAULT_PORT : Integer.parseInt(server.substring(colon + 1).strip());
        int timeout = Math.toIntExact(kafka.connectTimeout().toMillis());
        socket.connect(new InetSocketAddress(host, port), timeout);
        return;
      } catch (IOException | IllegalArgumentException unreachable) {
        last = unreachable.getMessage();
      }
    }

    throw new Failure(
        ErrorCode.KAFKA_UNREACHABLE,
        "Cannot reach Kafka at %s (%s): start the broker or correct kafka.bootstrap-servers"
            .formatted(kafka.bootstrapServers(), last));
  }
}
