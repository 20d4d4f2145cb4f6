package demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.BytesSerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.apache.kafka.common.utils.Bytes;

/**
 * Sends messages to a topic.
 *
 * @param brokers value for {@code bootstrap.servers}
 */
record EventSender(String brokers, String topic) {

  /** Sends messages in order, and waits until the broker has acknowledged all of them. */
  void send(List<Message> messages) throws InterruptedException, ExecutionException {
    Map<String, Object> config = Map.of(ProducerConfig.BOOTSTRAP_SERVERS_CONFIG, brokers);
    try (KafkaProducer<String, Bytes> producer =
        new KafkaProducer<>(config, new StringSerializer(), new BytesSerializer())) {
      List<Future<RecordMetadata>> pending = new ArrayList<>();
      for (Message message : messages) {
        pending.add(producer.send(new ProducerRecord<>(topic, message.key(), message.body())));
      }

      for (Future<RecordMetadata> acknowledged : pending) {
        acknowledged.get();
      }
    }
  }
}
