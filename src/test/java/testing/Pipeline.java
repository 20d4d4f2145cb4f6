package testing;

import batch.compute.BatchJob;
import batch.compute.BatchRequest;
import batch.ingest.IngestJob;
import batch.ingest.IngestReport;
import batch.ingest.IngestSource;
import common.metrics.View;
import common.ops.Run;
import common.ops.StreamAccount;
import common.settings.Settings;
import common.streaming.RunningQueries;
import demo.LocalBroker;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;
import speed.SpeedJob;

/** A lake, its own broker, and the jobs between them. */
public final class Pipeline implements AutoCloseable {
  private final Path folder;
  private final int port;
  private final LocalBroker broker;
  private final Map<String, String> values;
  private final TestLake lake;

  public Pipeline(Path folder, Map<String, String> overrides) throws Exception {
    this(folder, LocalBroker.freePort(), overrides);
    broker.createTopic("events", 1);
  }

  private Pipeline(Path folder, int port, Map<String, String> overrides) throws IOException {
    this.folder = folder;
    this.port = port;
    broker = LocalBroker.start(folder.resolve("broker"), port);
    values = new HashMap<>(overrides);
    values.put("kafka.bootstrap-servers", broker.address());
    values.put("lake.root", folder.resolve("lake").toString());
    lake = new TestLake(folder.resolve("lake"), values);
  }

  /** Copies the topic and the lake to a new pipeline at the same address; close this one first. */
  public Pipeline copy(Path to) throws IOException {
    Folders.copy(folder, to);
    return new Pipeline(to, port, values);
  }

  /** The pipeline's settings with some values replaced. */
  public Settings settings(Map<String, String> replaced) {
    Map<String, String> all = new HashMap<>(values);
    all.putAll(replaced);
    return TestSpark.settings(all);
  }

  public LocalBroker broker() {
    return broker;
  }

  public TestLake lake() {
    return lake;
  }

  /** Appends records to the topic in order. */
  public void send(String... bodies) throws Exception {
    send(broker, List.of(bodies));
  }

  public static void send(LocalBroker broker, List<String> bodies) throws Exception {
    try (KafkaProducer<String, String> producer =
        new KafkaProducer<>(
            Map.of("bootstrap.servers", broker.address()),
            new StringSerializer(),
            new StringSerializer())) {
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      bodies.forEach(body -> sent.add(producer.send(new ProducerRecord<>("events", body))));
      for (Future<RecordMetadata> acknowledged : sent) {
        acknowledged.get();
      }
    }
  }

  public IngestReport ingest() throws Exception {
    return ingest(lake.settings());
  }

  public IngestReport ingest(Settings settings) throws Exception {
    return new IngestJob(lake.spark(), settings).drain(new IngestSource.Kafka());
  }

  public StreamAccount.Split speed(View view) throws Exception {
    return speed(view, lake.settings());
  }

  public StreamAccount.Split speed(View view, Settings settings) throws Exception {
    SpeedJob job = new SpeedJob(lake.spark(), settings);
    try (RunningQueries queries = job.drain(List.of(view))) {
      queries.await();
    }

    return job.account(view);
  }

  public Run batch(View view) {
    return new BatchJob(lake.spark(), lake.settings(), Clock.systemUTC())
        .run(view, new BatchRequest.Incremental());
  }

  @Override
  public void close() {
    broker.close();
  }
}
