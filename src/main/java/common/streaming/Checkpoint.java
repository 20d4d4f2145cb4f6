package common.streaming;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import common.ErrorCode;
import common.Failure;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.LongStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Options;
import org.apache.hadoop.fs.Path;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Folder of a streaming query's checkpoint: what Spark keeps there (the format of its offset log,
 * version 1), and beside it what the query reads from and writes to, and which job holds it.
 */
public final class Checkpoint {
  /**
   * Local property that Spark sets for the thread of a query: its id. A new checkpoint has a new
   * one.
   */
  public static final String QUERY_ID = "sql.streaming.queryId";

  private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String OWNER = "lambda-owner";
  private static final String BINDING = "lambda-binding.properties";

  private final Path path;
  private final Configuration hadoop;
  private final String owner = UUID.randomUUID() + " " + Instant.now();

  public Checkpoint(SparkSession spark, String path) {
    this.path = new Path(path);
    this.hadoop = spark.sparkContext().hadoopConfiguration();
  }

  public String path() {
    return path.toString();
  }

  /** The id that Spark gave the query; empty before its first start. */
  public Optional<String> queryId() {
    return read("metadata").map(text -> json(text).get("id").asText());
  }

  /** The newest micro-batch that is done. */
  public Optional<Long> lastCommitted() {
    return numbered("commits").max().stream().boxed().findFirst();
  }

  /** Micro-batches between the two numbers, both included, whose plan is still kept. */
  List<Long> planned(long from, long to) {
    return numbered("offsets").filter(id -> id >= from && id <= to).sorted().boxed().toList();
  }

  /** Where each partition of a Kafka source began. */
  Map<Integer, Long> initialOffsets() {
    return partitions(
        read("sources/0/0")
            .filter(text -> text.contains("{"))
            .map(text -> text.substring(text.indexOf('{'))));
  }

  /** Where each partition of a Kafka source stood behind a micro-batch; empty when not kept. */
  public Optional<Map<Integer, Long>> kafkaOffsets(long batchId) {
    return read("offsets/" + batchId).map(log -> partitions(log.lines().skip(2).findFirst()));
  }

  /** The offsets of a topic as Spark writes them, {@code {"topic": {"0": 17}}}. */
  static Map<Integer, Long> partitions(Optional<String> offsets) {
    Map<Integer, Long> partitions = new TreeMap<>();
    offsets
        .map(Checkpoint::json)
        .ifPresent(
            topics ->
                topics
                    .elements()
                    .forEachRemaining(
                        topic ->
                            topic
                                .fields()
                                .forEachRemaining(
                                    partition ->
                                        partitions.put(
                                            Integer.valueOf(partition.getKey()),
                                            partition.getValue().asLong()))));
    return partitions;
  }

  /** The watermark in force in a micro-batch; empty before the first event, or when not kept. */
  Optional<Instant> watermark(long batchId) {
    return read("offsets/" + batchId)
        .flatMap(log -> log.lines().skip(1).findFirst())
        .map(metadata -> json(metadata).path("batchWatermarkMs").asLong())
        .filter(millis -> millis > 0)
        .map(Instant::ofEpochMilli);
  }

  /** The topic of a micro-batch of a Kafka source. */
  Optional<String> kafkaTopic(long batchId) {
    return read("offsets/" + batchId)
        .flatMap(log -> log.lines().skip(2).findFirst())
        .map(Checkpoint::topic);
  }

  static String topic(String offsets) {
    return json(offsets).fieldNames().next();
  }

  /** What the query was bound to when it was last started, by name. */
  Properties binding() {
    Properties binding = new Properties();
    read(BINDING)
        .ifPresent(
            text -> {
              try {
                binding.load(new StringReader(text));
              } catch (IOException impossible) {
                throw new UncheckedIOException(impossible);
              }
            });
    return binding;
  }

  void bind(Map<String, String> binding) {
    StringBuilder text = new StringBuilder();
    new TreeMap<>(binding).forEach((name, value) -> text.append(name + "=" + value + "\n"));
    write(BINDING, text.toString());
  }

  /** Keeps the checkpoint under another name, so that the query begins anew. */
  void setAside() {
    Path aside = path.suffix("-until-" + Instant.now().toEpochMilli());
    try {
      if (!files().rename(path, aside)) {
        throw new Failure(
            ErrorCode.CHECKPOINT_NOT_MOVED,
            "Cannot move %s to %s: move or delete it by hand".formatted(path, aside));
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }

    LOG.warn("The old checkpoint is kept as {}", aside);
  }

  /**
   * Makes this job the one that works on the checkpoint. A job that held it before stops at its
   * next micro-batch; one that was killed is not waited for.
   */
  public void claim() {
    write(OWNER, owner);
  }

  /** The function, refusing to run once another job has claimed the checkpoint. */
  public VoidFunction2<Dataset<Row>, Long> guarded(VoidFunction2<Dataset<Row>, Long> sink) {
    return (rows, batchId) -> {
      requireOwned();
      sink.call(rows, batchId);
    };
  }

  private void requireOwned() {
    String holder = read(OWNER).orElse("nobody");
    if (!holder.equals(owner)) {
      throw new Failure(
          ErrorCode.CHECKPOINT_IN_USE,
          "Another job, started at %s, has taken over checkpoint %s: this one stops, that one goes on; run one job a view"
              .formatted(holder.substring(holder.indexOf(' ') + 1), path));
    }
  }

  private LongStream numbered(String folder) {
    try {
      return Arrays.stream(files().listStatus(new Path(path, folder)))
          .map(status -> status.getPath().getName())
          .filter(name -> name.matches("\\d+"))
          .mapToLong(Long::parseLong);
    } catch (FileNotFoundException none) {
      return LongStream.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private Optional<String> read(String name) {
    try (InputStream in = files().open(new Path(path, name))) {
      return Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (FileNotFoundException none) {
      return Optional.empty();
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private void write(String name, String text) {
    // Written aside: a job that is killed in between must not leave half a file.
    Path draft = new Path(path, "." + name + "-" + UUID.randomUUID());
    try {
      try (OutputStream out = files().create(draft, true)) {
        out.write(text.getBytes(StandardCharsets.UTF_8));
      }

      FileContext.getFileContext(path.toUri(), hadoop)
          .rename(draft, new Path(path, name), Options.Rename.OVERWRITE);
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }

  private FileSystem files() throws IOException {
    return path.getFileSystem(hadoop);
  }

  private static JsonNode json(String text) {
    try {
      return JSON.readTree(text);
    } catch (IOException malformed) {
      throw new UncheckedIOException(malformed);
    }
  }
}
